"""The addresses of a data directory's running servers, for every command that starts beside the launcher."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from config.studio.errors import StudioRefused
from config.studio.ownership import launcher_lives
from config.studio.places import Places, places_from_environment
from config.studio.ports import answers


@dataclass(frozen=True)
class Services:
    """Where the servers of a running studio listen."""

    database_url: str
    redis_url: str
    web_port: int | None = None

    def __repr__(self) -> str:
        """Keep the passwords in the URLs out of logs."""
        return f"Services(web_port={self.web_port!r}, ...)"


def running_services(data_dir: Path | None = None) -> Services | None:
    """The servers that run in a data directory (that of `STUDIO_DATA_DIR` by default), or None.

    A state file that a killed launcher left behind is not believed: its launcher must live and both servers answer.

    Raises:
        StudioRefused: when the files belong to another user.
    """
    places = places_from_environment() if data_dir is None else Places(data_dir)
    try:
        if not launcher_lives(places):
            return None
        services = Services(**json.loads(places.state.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None  # starting, or stopping
    except PermissionError as error:
        raise StudioRefused(
            f"{error.filename} belongs to another user; work as the one who runs the studio."
        ) from error
    ports = (urlsplit(services.database_url).port, urlsplit(services.redis_url).port)
    return services if all(port is not None and answers(port) for port in ports) else None


def publish(places: Places, services: Services) -> None:
    """Write the addresses, whole or not at all, readable by the owner alone."""
    draft = places.state.with_name(f"state.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(services), stream)
    draft.replace(places.state)


def withdraw(places: Places) -> None:
    """Remove the addresses; nothing happens when there are none."""
    places.state.unlink(missing_ok=True)
