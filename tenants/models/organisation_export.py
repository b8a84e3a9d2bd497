"""An archive of everything that an organisation owns."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from tenants.choices import ArchiveStatus


class OrganisationExport(models.Model):
    """One archive that an admin asked for. The row is the truth of the work: a task that got lost is sent again.

    `digest` is the SHA-256 of the whole file, `size_bytes` its size.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", verbose_name=_("organisation")
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    status = models.CharField(_("status"), max_length=16, choices=ArchiveStatus, default=ArchiveStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("archive of an organisation")
        verbose_name_plural = _("archives of organisations")
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("tenant",),
                condition=models.Q(status__in=[ArchiveStatus.QUEUED, ArchiveStatus.RUNNING]),
                name="tenants_organisationexport_one_at_a_time",
                violation_error_message=_("An archive is being made."),
            ),
        ]

    def __str__(self) -> str:
        return f"archive of {self.tenant_id}"


class OrganisationExportPart(models.Model):
    """A piece of the file, in order: a file of any size passes through little memory."""

    export = models.ForeignKey(OrganisationExport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("export", "number"), name="tenants_organisationexportpart_is_unique"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"
