"""What somebody did, or tried to do."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from audit.choices import Outcome
from audit.constants import (
    ACTION_MAX_CHARACTERS,
    LABEL_MAX_CHARACTERS,
    TARGET_ID_MAX_CHARACTERS,
    TARGET_TYPE_MAX_CHARACTERS,
)


class SecurityEvent(models.Model):
    """One event, written once. PostgreSQL refuses UPDATE, DELETE and TRUNCATE, and chains the events when they commit.

    Ids and labels stand here without foreign keys: the record outlives what it speaks of. `sequence` and the two hashes
    are the database's to fill; they are null within the transaction that writes the event.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(_("number"), null=True, unique=True)
    occurred_at = models.DateTimeField(_("time"), db_index=True)
    actor_id = models.UUIDField(_("actor's id"), null=True)
    actor_label = models.CharField(_("actor"), max_length=LABEL_MAX_CHARACTERS, blank=True)
    organisation_id = models.UUIDField(_("organisation's id"), null=True)
    organisation = models.CharField(_("organisation"), max_length=LABEL_MAX_CHARACTERS, blank=True)
    action = models.CharField(_("action"), max_length=ACTION_MAX_CHARACTERS)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    target_type = models.CharField(_("type of target"), max_length=TARGET_TYPE_MAX_CHARACTERS, blank=True)
    target_id = models.CharField(_("target's id"), max_length=TARGET_ID_MAX_CHARACTERS, blank=True)
    target_label = models.CharField(_("target"), max_length=LABEL_MAX_CHARACTERS, blank=True)
    request_id = models.UUIDField(_("request"), null=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    metadata = models.JSONField(_("more"), default=dict)
    digest = models.CharField(_("digest"), max_length=64)
    previous_hash = models.CharField(_("previous hash"), max_length=64, null=True)  # noqa: DJ001  (null until chained)
    hash = models.CharField(_("hash"), max_length=64, null=True)  # noqa: DJ001  (null until chained)

    class Meta:
        default_permissions = ()
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        indexes = [
            models.Index(fields=["actor_id", "id"], name="audit_event_by_actor"),
            models.Index(fields=["action", "id"], name="audit_event_by_action"),
            models.Index(fields=["target_id", "id"], name="audit_event_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"
