"""Kinds and states of projects, documents and board tasks."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProjectKind(models.TextChoices):
    """What is being written."""

    NOVEL = "novel", _("novel")
    ARTICLE = "article", _("article")


class ProjectStatus(models.TextChoices):
    """Where a project is; only `active` ones take new work."""

    ACTIVE = "active", _("active")
    ARCHIVED = "archived", _("archived")
    CANCELLED = "cancelled", _("cancelled")


class ProjectRole(models.TextChoices):
    """What a person is to a project."""

    OWNER = "owner", _("owner")
    EDITOR = "editor", _("editor")
    VIEWER = "viewer", _("viewer")


class Ability(models.TextChoices):
    """What a role may allow on a project; documents, tasks, jobs and exports inherit from it."""

    VIEW = "view", _("view")
    COMMENT = "comment", _("comment")
    EDIT = "edit", _("edit")
    APPROVE = "approve", _("approve")
    GENERATE = "generate", _("generate")
    MANAGE_MEMBERS = "manage_members", _("manage members")
    EXPORT = "export", _("export")
    DELETE = "delete", _("delete")


class DocumentKind(models.TextChoices):
    """What a document is to its project."""

    CHAPTER = "chapter", _("chapter")
    PLAN = "plan", _("plan")
    CONCEPT = "concept", _("concept")
    NOTE = "note", _("note")
    ARTICLE = "article", _("article")
    MANUSCRIPT = "manuscript", _("manuscript")


class DocumentStatus(models.TextChoices):
    """Where a document is in its review."""

    DRAFT = "draft", _("draft")
    PENDING_REVIEW = "pending_review", _("waiting for review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


class VersionOrigin(models.TextChoices):
    """Where a version's text came from."""

    TYPED = "typed", _("typed")
    GENERATED = "generated", _("generated")
    RESTORED = "restored", _("restored")
    MERGED = "merged", _("merged")
    IMPORTED = "imported", _("imported")


class TaskStatus(models.TextChoices):
    """The columns of the board, from left to right."""

    TODO = "todo", _("to do")
    IN_PROGRESS = "in_progress", _("in progress")
    REVIEW = "review", _("review")
    DONE = "done", _("done")


class Agent(models.TextChoices):
    """Who, other than a person, may do a board task."""

    RESEARCHER = "researcher", _("researcher")
    WRITER = "writer", _("writer")


class ExportFormat(models.TextChoices):
    """The formats that a project can leave in."""

    MARKDOWN = "md", _("Markdown")
    HTML = "html", _("HTML")
