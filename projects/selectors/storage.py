"""How much room texts and files take."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Model, QuerySet, Sum

from config.kernel.context import Actor
from projects.models import DocumentVersion, Export, Project
from tenants.models.quota import QuotaScope
from tenants.selectors.quotas import Measured, Subject


def measure_storage(subject: Subject) -> Measured:
    """Bytes of every kept version and every export: of the organisation, of a project, or made by a person."""
    versions, exports = DocumentVersion.objects.all(), Export.objects.all()
    if subject.scope == QuotaScope.PROJECT:
        versions = versions.filter(document__project_id=subject.id)
        exports = exports.filter(project_id=subject.id)
    elif subject.scope == QuotaScope.PERSON:
        versions, exports = versions.filter(author_id=subject.id), exports.filter(created_by_id=subject.id)
    return Measured(Decimal(_bytes(versions) + _bytes(exports)))


def _bytes(rows: "QuerySet[Model]") -> int:
    total: int | None = rows.aggregate(total=Sum("size_bytes"))["total"]
    return total or 0


def sees_project(actor: Actor, project_id: UUID) -> bool:
    """Whether the project exists for the actor."""
    return bool(Project.objects.visible_to(actor).filter(pk=project_id).exists())
