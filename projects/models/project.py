"""A novel or an article in the making."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from config.kernel.models import Row
from projects.choices import ProjectKind, ProjectStatus
from projects.querysets import ProjectQuerySet


class Project(Row):  # type: ignore[django-manager-missing]
    """What one team writes. Everything below it (documents, tasks, jobs, exports) inherits its roles.

    `version` counts changes of the row itself and is the project's ETag. A deleted project keeps its row until it is
    purged: `deleted_at` is when it left everybody's sight.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=ProjectKind)
    title = models.CharField(_("title"), max_length=300)
    brief = models.JSONField(_("brief"), default=dict, blank=True)
    language = models.CharField(_("language"), max_length=16, default="en")
    status = models.CharField(_("status"), max_length=16, choices=ProjectStatus, default=ProjectStatus.ACTIVE)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects: ClassVar = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ("-id",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class ProjectUserObjectPermission(UserObjectPermissionBase):
    """Guardian's grants on projects, by a direct foreign key: they go with the project and name no content type."""

    content_object = models.ForeignKey(Project, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()
