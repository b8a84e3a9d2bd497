"""`run -- COMMAND`: the two servers for the time of one command."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.studio

Run = Callable[..., CompletedProcess[str]]

READ_AND_WRITE = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
    print("table:", [row[0] for row in connection.execute("SELECT word FROM kept")])
    connection.execute("INSERT INTO kept VALUES ('novella')")
client = redis.Redis.from_url(os.environ["REDIS_URL"])
print("key:", client.get("kept"))
client.set("kept", "novella")
"""

LOOK_AROUND = """
import os, psycopg, redis
from urllib.parse import urlsplit
url = os.environ["DATABASE_URL"]
with psycopg.connect(url, autocommit=True) as connection:
    def one(query):
        return connection.execute(query).fetchone()
    print("extension:", one(
        "SELECT extname, nspname FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace"
        " WHERE extname = 'vector'"
    ))
    print("superuser:", one("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"))
    print("addresses:", one("SHOW listen_addresses"))
    print("fsync:", one("SHOW fsync"))
    print("locale:", one("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"))
    connection.execute("CREATE DATABASE another")
with psycopg.connect(url.rpartition("/")[0] + "/another") as connection:
    print("elsewhere:", connection.execute("SELECT '[1,2]'::vector").fetchone())
parts = urlsplit(url)
try:
    psycopg.connect(host=parts.hostname, port=parts.port, user=parts.username, password="wrong", dbname="novella")
except psycopg.OperationalError as error:
    print("stranger:", "password authentication failed" in str(error))
port = urlsplit(os.environ["REDIS_URL"]).port
try:
    redis.Redis(port=port).ping()
except redis.AuthenticationError:
    print("nobody: refused")
print("policy:", redis.Redis.from_url(os.environ["REDIS_URL"]).config_get("maxmemory-policy"))
"""


def lines_of(result: CompletedProcess[str]) -> dict[str, str]:
    assert result.returncode == 0, result.stderr
    return dict(line.split(": ", 1) for line in result.stdout.splitlines())


def test_command_s_exit_code_and_output_are_handed_on(run: Run) -> None:
    result = run("run", "--fast", "--", "sh", "-c", "echo out; echo err >&2; exit 7")

    assert (result.returncode, result.stdout, result.stderr) == (7, "out\n", "err\n")


def test_data_of_one_run_is_there_in_the_next(run: Run) -> None:
    first = lines_of(run("run", "--", sys.executable, "-c", READ_AND_WRITE))
    second = lines_of(run("run", "--", sys.executable, "-c", READ_AND_WRITE))

    assert first == {"table": "[]", "key": "None"}
    assert second == {"table": "['novella']", "key": "b'novella'"}


def test_servers_are_closed_to_strangers_and_have_vectors(run: Run) -> None:
    found = lines_of(run("run", "--fast", "--", sys.executable, "-c", LOOK_AROUND))

    assert found == {
        "extension": "('vector', 'public')",
        "superuser": "(False, True)",
        "addresses": "('127.0.0.1',)",
        "fsync": "('off',)",
        "locale": "('b', 'C.UTF-8')",
        "elsewhere": "('[1,2]',)",
        "stranger": "True",
        "nobody": "refused",
        "policy": "{'maxmemory-policy': 'noeviction'}",
    }


def test_passwords_are_on_no_command_line_and_in_no_readable_file(run: Run, data_dir: Path) -> None:
    script = (
        "import json, os, psutil; from pathlib import Path\n"
        "home = Path(os.environ['STUDIO_DATA_DIR'])\n"
        "words = [value for value in json.loads((home / 'secrets.json').read_text()).values()]\n"
        "lines = [' '.join(process.info['cmdline'] or []) for process in psutil.process_iter(['cmdline'])]\n"
        "print('spoken:', [word for word in words for line in lines if word in line])\n"
        "files = [path for path in home.rglob('*') if path.is_file() and path.stat().st_mode & 0o077]\n"
        "print('written:', [str(path) for path in files for word in words if word.encode() in path.read_bytes()])\n"
    )

    found = lines_of(run("run", "--fast", "--", sys.executable, "-c", script))

    assert found == {"spoken": "[]", "written": "[]"}
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_fresh_run_uses_a_new_directory_and_removes_it(run: Run, data_dir: Path) -> None:
    result = run("run", "--fast", "--fresh", "--", "sh", "-c", 'echo "$STUDIO_DATA_DIR"; test -d "$STUDIO_DATA_DIR"')

    assert result.returncode == 0
    assert not Path(result.stdout.strip()).exists()
    assert not data_dir.exists()


def test_own_servers_are_left_alone_and_none_is_started(run: Run, data_dir: Path) -> None:
    own = {"DATABASE_URL": "postgresql://me@db.example/mine", "REDIS_URL": "redis://cache.example"}

    result = run("run", "--", "sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"', **own)

    assert (result.returncode, result.stdout) == (0, "postgresql://me@db.example/mine redis://cache.example\n")
    assert not data_dir.exists()


def test_run_without_command_is_refused(run: Run) -> None:
    result = run("run")

    assert (result.returncode, result.stderr) == (
        2,
        "studio: No command was given: write it after `--`, as in `run -- pytest`.\n",
    )


def test_command_that_does_not_exist_is_named(run: Run) -> None:
    result = run("run", "--fast", "--", "no-such-command")

    assert (result.returncode, result.stderr) == (127, "no-such-command: No such file or directory\n")


def test_manage_command_finds_the_servers_of_its_data_directory_by_itself(run: Run) -> None:
    script = (
        "import os; url = os.environ.pop('DATABASE_URL'); redis_url = os.environ.pop('REDIS_URL')\n"
        "from config.studio.discovery import running_services\n"
        "found = running_services()\n"
        "print('same:', (found.database_url, found.redis_url) == (url, redis_url))\n"
    )

    assert lines_of(run("run", "--fast", "--", sys.executable, "-c", script)) == {"same": "True"}


@pytest.mark.skipif(os.geteuid() != 0, reason="already an ordinary user: every other test shows it")
def test_ordinary_user_runs_the_servers(data_dir: Path, run_as_nobody: Run) -> None:
    result = run_as_nobody("run", "--fast", "--", "sh", "-c", "id -u")

    assert (result.returncode, result.stdout) == (0, "65534\n"), result.stderr
