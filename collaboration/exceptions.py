"""What roles refuse."""

from django.utils.translation import gettext_lazy as _

from config.kernel.errors import Conflict, InternalError


class LastHolder(Conflict):
    """The role must always be held by somebody, and this person is the last one."""

    default_message = _("Somebody has to keep this role: give it to another person first.")


class PermissionRowsMissing(InternalError):
    """The rows of `auth_permission` that roles are projected on do not exist: the public schema was not migrated."""

    default_message = _("The permission rows are missing; migrate the public schema.")
