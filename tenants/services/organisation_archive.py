"""Writing the archive: every table of the organisation as JSON lines, texts as files, a manifest with digests."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from tenants.models import Membership, Tenant

FORMAT = "novellaforge-organisation/1"
MANIFEST = "manifest.json"
_CHUNK_ROWS = 200

Files = Callable[[], Iterator[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive, as the manifest names it."""

    path: str
    size_bytes: int
    sha256: str
    rows: int | None


_files: dict[str, Files] = {}


def register_files(name: str, files: Files) -> None:
    """Let an app add files (path, content) to every archive; it is called inside the organisation's schema."""
    _files[name] = files


def archived_models() -> list[type[models.Model]]:
    """Every table of an organisation's schema, by label."""
    labels = {apps.get_app_config(name.rsplit(".", 1)[-1]).label for name in settings.TENANT_APPS}
    every = apps.get_models(include_auto_created=True)
    found = [model for model in every if model._meta.app_label in labels and model._meta.managed]
    return sorted(found, key=lambda model: model._meta.label_lower)


def archive_write(tenant: Tenant, path: Path) -> None:
    """Write the organisation's archive to `path`; the connection stands in its schema. One snapshot of the data."""
    with transaction.atomic(durable=True), ZipFile(path, "w", ZIP_DEFLATED) as archive:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        entries = [
            _stored(archive, "data/organisation.jsonl", _lines([_organisation(tenant)]), counted=True),
            _stored(archive, "data/members.jsonl", _lines(_members(tenant)), counted=True),
        ]
        for model in archived_models():
            rows = _lines(_rows(model))
            entries.append(_stored(archive, f"data/{model._meta.label_lower}.jsonl", rows, counted=True))
        for files in _files.values():
            entries.extend(_stored(archive, name, [content]) for name, content in files())
        manifest = {
            "format": FORMAT,
            "organisation": tenant.slug,
            "made_at": timezone.now().isoformat(),
            "files": [
                {"path": entry.path, "size_bytes": entry.size_bytes, "sha256": entry.sha256, "rows": entry.rows}
                for entry in entries
            ],
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False))


def _stored(archive: ZipFile, path: str, pieces: Iterable[bytes], *, counted: bool = False) -> Entry:
    digest, size_bytes, rows = hashlib.sha256(), 0, 0
    with archive.open(path, "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size_bytes, rows = size_bytes + len(piece), rows + 1
    return Entry(path, size_bytes, digest.hexdigest(), rows if counted else None)


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False).encode() + b"\n"


def _rows(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    """Every row of a table; binary columns are left to the files that their app adds."""
    names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.BinaryField)]
    rows = model._default_manager.order_by("pk").values(*names)
    yield from rows.iterator(chunk_size=_CHUNK_ROWS)


def _organisation(tenant: Tenant) -> dict[str, Any]:
    return {"id": tenant.pk, "slug": tenant.slug, "name": tenant.name, "created_at": tenant.created_at}


def _members(tenant: Tenant) -> Iterator[dict[str, Any]]:
    """Everybody who belongs or belonged, so that ids in the other files have names."""
    names = ("id", "user_id", "user__email", "user__name", "role", "is_active", "removed_at", "created_at")
    for row in Membership.objects.filter(tenant=tenant).order_by("id").values(*names):
        yield {name.replace("user__", ""): value for name, value in row.items()}
