"""Where a schema's chain of events begins and ends."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.constants import NO_HASH


class Chain(models.Model):
    """At most one row in each schema, kept by the triggers of the events.

    `base_*` is the last event that retention took away (the checkpoint the remaining ones hang on), `head_*` the
    newest event: without it nobody would miss the newest rows. `retention_days` is the organisation's own, null for the
    operator's.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    base_sequence = models.BigIntegerField(_("first kept after"), default=0)
    base_hash = models.CharField(_("hash before the first"), max_length=64, default=NO_HASH)
    head_sequence = models.BigIntegerField(_("newest"), default=0)
    head_hash = models.CharField(_("hash of the newest"), max_length=64, default=NO_HASH)

    retention_days = models.PositiveIntegerField(_("days that events are kept"), null=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("chain of events")
        verbose_name_plural = _("chains of events")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_chain_single")]

    def __str__(self) -> str:
        return f"{self.base_sequence}..{self.head_sequence}"
