"""Which person holds which role on which object."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.kernel.models import Row


class RoleGrant(Row):
    """A role on a target. The target is named by type label (`projects.project`) and id; its app registers the type.

    The row is the truth; guardian's object permissions are its projection.
    """

    target_type = models.CharField(_("type of target"), max_length=64)
    target_id = models.UUIDField(_("target"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=32)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("target_type", "target_id", "id")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("user", "target_type", "target_id"),
                name="collaboration_rolegrant_is_unique",
                violation_error_message=_("This person has a role here already."),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=("target_type", "target_id"), name="collab_rolegrant_target")]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.target_type} {self.target_id}"
