"""Where everything of one studio lives: the data directory and its layout."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.studio.errors import StudioRefused

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEFAULT_DATA_DIR = REPOSITORY / ".novella"

# PostgreSQL keeps paths in buffers of 1024 bytes and appends file names of its own.
LONGEST_DATA_DIR_BYTES = 800


@dataclass(frozen=True)
class Places:
    """The data directory of one studio and the names of what lies in it."""

    data_dir: Path

    @property
    def postgres(self) -> Path:
        """The PostgreSQL cluster."""
        return self.data_dir / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's append-only file and its configuration."""
        return self.data_dir / "valkey"

    @property
    def run(self) -> Path:
        """What is only true while a launcher runs: state, locks, pid files."""
        return self.data_dir / "run"

    @property
    def log(self) -> Path:
        """One log file per process."""
        return self.data_dir / "log"

    @property
    def mail(self) -> Path:
        """Mail that the studio would have sent, one file each."""
        return self.data_dir / "mail"

    @property
    def static(self) -> Path:
        """Files that the web serves as they are, once somebody has collected them."""
        return self.data_dir / "static"

    @property
    def metrics(self) -> Path:
        """What the processes share their figures through."""
        return self.run / "metrics"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, readable by the owner alone."""
        return self.data_dir / "secrets.json"

    @property
    def state(self) -> Path:
        """The addresses of the running servers."""
        return self.run / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the one launcher that owns this data directory."""
        return self.run / "launcher.lock"

    def create(self) -> None:
        """Make the directories that are missing, closed to other users.

        Raises:
            StudioRefused: when the path is too long, not a directory, or can't be written.
        """
        path_bytes = len(os.fsencode(self.data_dir))
        if path_bytes > LONGEST_DATA_DIR_BYTES:
            raise StudioRefused(
                f"The data directory's path has {path_bytes} bytes and PostgreSQL takes "
                f"{LONGEST_DATA_DIR_BYTES}: set STUDIO_DATA_DIR to a shorter path."
            )
        directories = (self.data_dir, self.run, self.log, self.mail, self.static, self.valkey)
        try:
            for directory in directories:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StudioRefused(
                f"The data directory {self.data_dir} can't be created ({error.strerror}): "
                f"set STUDIO_DATA_DIR to a directory you may write."
            ) from error
        for directory in directories:
            if not os.access(directory, os.W_OK | os.X_OK):
                raise StudioRefused(
                    f"{directory} can't be written by this user: set STUDIO_DATA_DIR to a directory you may write."
                )


def places_from_environment(environ: Mapping[str, str] | None = None) -> Places:
    """The places of `STUDIO_DATA_DIR`, or of `.novella` in the repository when it is unset."""
    chosen = (os.environ if environ is None else environ).get("STUDIO_DATA_DIR", "")
    return Places(Path(chosen).expanduser().absolute() if chosen else DEFAULT_DATA_DIR)
