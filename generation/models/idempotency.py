"""What was answered to which idempotency key."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.kernel.models import Row


class IdempotencyRecord(Row):
    """A key's first request. Inserted and committed before the work; the answer is stored in the work's transaction.

    `fingerprint` is the SHA-256 of method, path and body. A row without `status_code` still runs.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("key"), max_length=200)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    status_code = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    body = models.JSONField(_("answer"), null=True, blank=True)
    location = models.CharField(_("location"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        ordering: ClassVar = ("-id",)
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("user", "key"),
                name="generation_idempotency_key_is_unique",
                violation_error_message=_("This key was used before."),
            ),
        ]

    def __str__(self) -> str:
        return self.key
