"""Which user the embedded PostgreSQL runs as: it refuses to be root."""

import os
import subprocess
import sys
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")

SAME_USER = "same"
NAMESPACE = "namespace"
NOBODY = "65534:65534"


def leash_command(command: tuple[str, ...], *, orphan_signal: int, identity: str = SAME_USER) -> list[str]:
    """The command line that runs a program as an identity and ends it when this process dies."""
    launcher = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(orphan_signal), identity]
    return [*launcher, *command]


def server_identity() -> str:
    """How PostgreSQL runs here: as this user; as root, in a user namespace, or where there is none as nobody."""
    if os.geteuid() != 0:
        return SAME_USER
    probe = subprocess.run(
        leash_command((sys.executable, "-I", "-S", "-c", ""), orphan_signal=9, identity=NAMESPACE),
        capture_output=True,
        timeout=20,
        check=False,
    )
    return NAMESPACE if probe.returncode == 0 else NOBODY


def give_to(identity: str, *paths: Path) -> None:
    """Make root's files belong to the user of an identity, whatever identity wrote them before."""
    if os.geteuid() != 0:
        return
    user_id, group_id = (int(part) for part in identity.split(":")) if ":" in identity else (0, 0)
    for top in paths:
        if top.stat().st_uid == user_id:
            continue
        for path in (top, *top.rglob("*")):
            os.chown(path, user_id, group_id, follow_symlinks=False)
