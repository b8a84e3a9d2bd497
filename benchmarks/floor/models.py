"""A table with the columns of `projects_project`."""

import uuid

from django.db import models


class FloorProject(models.Model):
    """The same columns as the studio's Project; foreign keys are plain columns, which is cheaper still."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=300)
    brief = models.JSONField(default=dict)
    language = models.CharField(max_length=16)
    status = models.CharField(max_length=16)
    version = models.PositiveIntegerField(default=1)
    created_by_id = models.UUIDField(null=True)
    updated_by_id = models.UUIDField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.title
