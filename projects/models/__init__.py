"""The tables of what is written."""

from projects.models.board import Task
from projects.models.document import Document, DocumentVersion
from projects.models.export import Export
from projects.models.project import Project, ProjectUserObjectPermission

__all__ = ["Document", "DocumentVersion", "Export", "Project", "ProjectUserObjectPermission", "Task"]
