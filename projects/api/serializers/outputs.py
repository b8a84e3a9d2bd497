"""What goes out, for the OpenAPI document alone: answers are plain values from the selectors."""

from typing import Any

from rest_framework import serializers

from projects.choices import (
    Ability,
    Agent,
    DocumentKind,
    DocumentStatus,
    ExportFormat,
    ProjectKind,
    ProjectRole,
    ProjectStatus,
    TaskStatus,
    VersionOrigin,
)
from projects.models.brief import Brief
from projects.permissions import DOCUMENT_ABILITIES, TASK_ABILITIES

Shape = serializers.Serializer[Any]


def _flags(name: str, abilities: list[str]) -> type[Shape]:
    """A serializer of one boolean for each ability."""
    return type(name, (serializers.Serializer,), {ability: serializers.BooleanField() for ability in abilities})


ProjectAbilities = _flags("ProjectAbilities", list(Ability.values))
DocumentAbilities = _flags("DocumentAbilities", list(DOCUMENT_ABILITIES))
TaskAbilities = _flags("TaskAbilities", list(TASK_ABILITIES))


class ProjectCounts(Shape):
    """How much there is; words are those of chapters and articles."""

    documents = serializers.IntegerField()
    chapters = serializers.IntegerField()
    words = serializers.IntegerField()
    tasks = serializers.IntegerField()
    tasks_done = serializers.IntegerField()


class ProjectOutput(Shape):
    """A project as its reader sees it."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ProjectKind.choices)
    title = serializers.CharField()
    brief = serializers.DictField(help_text=f"Keys: {', '.join(sorted(Brief.model_fields))}.")
    language = serializers.CharField()
    status = serializers.ChoiceField(ProjectStatus.choices)
    version = serializers.IntegerField()
    created_by = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    role = serializers.ChoiceField(ProjectRole.choices)
    abilities = ProjectAbilities()
    counts = ProjectCounts()


class DocumentListed(Shape):
    """A document without its text."""

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    kind = serializers.ChoiceField(DocumentKind.choices)
    title = serializers.CharField()
    source = serializers.CharField(help_text="Where a note's text comes from.")  # type: ignore[assignment]
    order_index = serializers.IntegerField()
    status = serializers.ChoiceField(DocumentStatus.choices)
    version = serializers.IntegerField()
    word_count = serializers.IntegerField()
    created_by = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    abilities = DocumentAbilities()


class DocumentOutput(DocumentListed):
    """A document with its text (Markdown)."""

    body = serializers.CharField()


class Author(Shape):
    """Who wrote a version."""

    kind = serializers.ChoiceField(["person", "job"])
    id = serializers.UUIDField()
    name = serializers.CharField(help_text="Empty for a job.")


class VersionListed(Shape):
    """A version without its text."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    origin = serializers.ChoiceField(VersionOrigin.choices)
    reason = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of title and text.")
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    author = Author(allow_null=True)


class VersionOutput(VersionListed):
    """A version with its text."""

    body = serializers.CharField()


class TaskOutput(Shape):
    """A card of the board."""

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(TaskStatus.choices)
    order_index = serializers.IntegerField()
    assignee = serializers.UUIDField(allow_null=True)
    agent = serializers.ChoiceField(Agent.choices, allow_null=True)
    document = serializers.UUIDField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_by = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    abilities = TaskAbilities()


class ExportOutput(Shape):
    """An exported file; its content is at `/exports/{id}/download`."""

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    format = serializers.ChoiceField(ExportFormat.choices)
    filename = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    digest = serializers.CharField(help_text="SHA-256 of the file.")
    created_by = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
