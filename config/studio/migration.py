"""Whether the database needs migrating: a digest of what would migrate it, kept with the cluster it was applied to."""

import hashlib
from pathlib import Path

from config.studio.places import REPOSITORY, Places

MARK = "novella-migrated"


def migrations_digest() -> str:
    """A digest of every migration of the product and of the locked versions of the packages that bring others."""
    digest = hashlib.sha256()
    files = [*REPOSITORY.glob("*/migrations/*.py"), REPOSITORY / "requirements" / "base.txt"]
    for path in sorted(files):
        digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_migrated(places: Places) -> bool:
    """Whether this cluster was migrated to the present state; one that was replaced or restored does not say so."""
    mark = _mark(places)
    return mark.exists() and mark.read_text(encoding="ascii") == migrations_digest()


def remember_migrated(places: Places) -> None:
    """Note that every migration has been applied."""
    _mark(places).write_text(migrations_digest(), encoding="ascii")


def _mark(places: Places) -> Path:
    return places.postgres / MARK
