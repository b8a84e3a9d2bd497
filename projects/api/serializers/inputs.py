"""What comes in. Shapes and lengths are checked here kindly, by field; the services check again."""

from typing import Any

from rest_framework import serializers

from config.kernel.api.views import Input
from projects.choices import Agent, DocumentKind, DocumentStatus, ExportFormat, ProjectKind, ProjectStatus, TaskStatus
from projects.constants import (
    DESCRIPTION_MAX_CHARACTERS,
    REASON_MAX_CHARACTERS,
    SOURCE_MAX_CHARACTERS,
    TITLE_MAX_CHARACTERS,
)
from projects.selectors.books import SOURCES


class Text(serializers.CharField):
    """A field for text alone: a number or a boolean is a mistake of the client, not a text."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse what is not text, then validate as usual."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def title(**options: Any) -> Text:
    """A title's field."""
    return Text(max_length=TITLE_MAX_CHARACTERS, **options)


def text(**options: Any) -> Text:
    """A long text's field; white space at its ends belongs to it."""
    return Text(allow_blank=True, trim_whitespace=False, **options)


def source_line(**options: Any) -> Text:
    """The field that says where a text comes from."""
    return Text(max_length=SOURCE_MAX_CHARACTERS, allow_blank=True, **options)


class ProjectCreateInput(Input):
    """A new project."""

    kind = serializers.ChoiceField(ProjectKind.choices)
    title = title()
    brief = serializers.JSONField(default=dict)
    language = Text(max_length=16, default="en")


class ProjectUpdateInput(Input):
    """Changes to a project; only what is given changes."""

    title = title(required=False)
    brief = serializers.JSONField(required=False)
    language = Text(max_length=16, required=False)
    status = serializers.ChoiceField(ProjectStatus.choices, required=False)


class ProjectFilters(serializers.Serializer[Any]):
    """The query of a list of projects."""

    kind = serializers.ChoiceField(ProjectKind.choices, required=False)
    status = serializers.ChoiceField(ProjectStatus.choices, required=False)
    search = serializers.CharField(max_length=200, required=False, help_text="Part of the title, whatever its case.")


class DocumentCreateInput(Input):
    """A new document."""

    kind = serializers.ChoiceField(DocumentKind.choices)
    title = title()
    body = text(default="")
    source = source_line(default="")  # type: ignore[assignment]
    order_index = serializers.IntegerField(min_value=1, required=False, help_text="Default: after the last one.")
    reason = Text(max_length=REASON_MAX_CHARACTERS, allow_blank=True, default="")


class DocumentUpdateInput(Input):
    """Changes to a document; only what is given changes."""

    title = title(required=False)
    body = text(required=False)
    source = source_line(required=False)  # type: ignore[assignment]
    reason = Text(max_length=REASON_MAX_CHARACTERS, allow_blank=True, required=False)


class DocumentReplaceInput(DocumentUpdateInput):
    """A document's whole content."""

    title = title()
    body = text()


class DocumentFilters(serializers.Serializer[Any]):
    """The query of a list of documents."""

    kind = serializers.ChoiceField(DocumentKind.choices, required=False)
    status = serializers.ChoiceField(DocumentStatus.choices, required=False)
    search = serializers.CharField(max_length=200, required=False, help_text="Part of the title, whatever its case.")


class MoveInput(Input):
    """A new neighbour: exactly one of the two."""

    before = serializers.UUIDField(required=False)
    after = serializers.UUIDField(required=False)


class FinalContentInput(Input):
    """The assembled text."""

    content = text()
    auto_save = serializers.BooleanField(default=False)


class TaskCreateInput(Input):
    """A new card."""

    title = title()
    description = text(max_length=DESCRIPTION_MAX_CHARACTERS, default="")
    status = serializers.ChoiceField(TaskStatus.choices, default=TaskStatus.TODO.value)
    assignee = serializers.UUIDField(required=False, allow_null=True)
    agent = serializers.ChoiceField(Agent.choices, required=False, allow_null=True)
    document = serializers.UUIDField(required=False, allow_null=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    order_index = serializers.IntegerField(min_value=1, required=False, help_text="Default: at the column's end.")


class TaskUpdateInput(Input):
    """Changes to a card; only what is given changes. `status` moves it to the end of that column."""

    title = title(required=False)
    description = text(max_length=DESCRIPTION_MAX_CHARACTERS, required=False)
    status = serializers.ChoiceField(TaskStatus.choices, required=False)
    assignee = serializers.UUIDField(required=False, allow_null=True)
    agent = serializers.ChoiceField(Agent.choices, required=False, allow_null=True)
    document = serializers.UUIDField(required=False, allow_null=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class TaskMoveInput(MoveInput):
    """A column, a neighbour in it, or both; a column alone means its end."""

    status = serializers.ChoiceField(TaskStatus.choices, required=False)


class TaskFilters(serializers.Serializer[Any]):
    """The query of a list of cards."""

    status = serializers.ChoiceField(TaskStatus.choices, required=False)
    agent = serializers.ChoiceField(Agent.choices, required=False)
    assignee = serializers.UUIDField(required=False)
    document = serializers.UUIDField(required=False)
    search = serializers.CharField(max_length=200, required=False, help_text="Part of the title, whatever its case.")


class ExportInput(Input):
    """A file to make."""

    format = serializers.ChoiceField(ExportFormat.choices)
    source = serializers.ChoiceField(  # type: ignore[assignment]
        SOURCES, required=False, help_text="Default: the assembled manuscript where there is one, else the chapters."
    )


class ExportFilters(serializers.Serializer[Any]):
    """The query of a list of exports."""

    format = serializers.ChoiceField(ExportFormat.choices, required=False)
