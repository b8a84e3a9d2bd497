"""Which jobs exist for whom: chainable filters."""

from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery, Value

from collaboration.models import RoleGrant
from config.kernel.context import Actor
from projects.constants import PROJECT_TYPE
from projects.models import Project


class JobQuerySet(models.QuerySet[Any]):
    """Jobs; they exist for whom their project exists."""

    def visible_to(self, actor: Actor) -> "JobQuerySet":
        """Those that exist for `actor`: of projects that are not deleted, and on which they have a role."""
        found: JobQuerySet = self.filter(project__in=Project.objects.visible_to(actor))
        return found

    def with_role_of(self, actor: Actor) -> "JobQuerySet":
        """Each with the actor's `role` on its project; None for the system."""
        if actor.user_id is None:
            unlimited: JobQuerySet = self.annotate(role=Value(None, output_field=models.CharField()))
            return unlimited
        grants = RoleGrant.objects.filter(
            target_type=PROJECT_TYPE, target_id=OuterRef("project_id"), user_id=actor.user_id
        )
        found: JobQuerySet = self.annotate(role=Subquery(grants.values("role")[:1]))
        return found
