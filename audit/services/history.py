"""Model history: which fields of which row changed, by whom. Apps register their models when they are ready."""

from collections.abc import Mapping
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.conf import settings
from django.db.models import Model

from audit.services.metadata import is_secret

# Every change moves these; they would only repeat what the entry's own time and the other fields say.
ALWAYS_LEFT_OUT = ("id", "created_at", "updated_at")


def keep_history(model: type[Model], *, exclude: tuple[str, ...] = ()) -> None:
    """Record every create, save and delete of `model`'s rows, without the fields in `exclude`.

    Fields that are named as secrets are always left out. Nothing is recorded where `AUDIT_ENABLED` is off.
    """
    if settings.AUDIT_ENABLED and not auditlog.contains(model):
        secret = [field.name for field in model._meta.fields if is_secret(field.name, "")]
        auditlog.register(model, exclude_fields=[*ALWAYS_LEFT_OUT, *exclude, *secret])


def record_change(instance: Model, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Record a change that was written by a conditional or bulk UPDATE, which sends no signals.

    `changes` maps a field's name to (old, new). Call it in the transaction that changes the row.
    """
    if not auditlog.contains(type(instance)):
        return
    LogEntry.objects.log_create(
        instance,
        action=LogEntry.Action.UPDATE,
        changes={name: [str(old), str(new)] for name, (old, new) in changes.items()},
    )
