"""What exists for whom: chainable filters."""

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from collaboration.models import RoleGrant
from config.kernel.context import Actor
from projects.constants import PROJECT_TYPE


def _granted(actor: Actor, project: str) -> Exists:
    """Whether the actor holds any role on the project that the outer query calls `project`."""
    grants = RoleGrant.objects.filter(target_type=PROJECT_TYPE, target_id=OuterRef(project))
    return Exists(grants.filter(user_id=actor.user_id) if actor.user_id else grants.none())


class ProjectQuerySet(models.QuerySet[Any]):
    """Projects."""

    def visible_to(self, actor: Actor) -> "ProjectQuerySet":
        """Those that exist for `actor`: not deleted, and with a role of theirs. The system sees all."""
        found = self.filter(deleted_at__isnull=True)
        return found if actor.is_system else found.filter(_granted(actor, "id"))


class DocumentQuerySet(models.QuerySet[Any]):
    """Documents; they exist for whom their project exists."""

    def visible_to(self, actor: Actor) -> "DocumentQuerySet":
        """Those that exist for `actor`."""
        found = self.filter(deleted_at__isnull=True, project__deleted_at__isnull=True)
        return found if actor.is_system else found.filter(_granted(actor, "project_id"))
