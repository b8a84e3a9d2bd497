"""What a project's end means to what only names it."""

from typing import Any

from collaboration.services.roles import roles_forget
from projects.constants import PROJECT_TYPE
from projects.models import Project


def forget_roles(sender: type[Project], *, instance: Project, **_signal: Any) -> None:  # noqa: ARG001  (the signal names it)
    """Remove the roles on a project whose row is gone: they name it by id, without a foreign key."""
    roles_forget(target_type=PROJECT_TYPE, target_id=instance.pk)
