"""Who holds which role."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from collaboration.models import RoleGrant

_ROLE_SQL = "SELECT role FROM collaboration_rolegrant WHERE user_id = %s AND target_type = %s AND target_id = %s"


def role_of(*, user_id: UUID, target_type: str, target_id: UUID) -> str | None:
    """The person's role on the target, or None. One statement, no model: this stands before every write."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE_SQL, [user_id, target_type, target_id])
        row = cursor.fetchone()
    return row[0] if row else None


def grants_of(*, target_type: str, target_id: UUID) -> QuerySet[RoleGrant, RoleGrant]:
    """Every role on the target, oldest first."""
    return RoleGrant.objects.filter(target_type=target_type, target_id=target_id).order_by("id")


def holders_of(*, target_type: str, target_id: UUID) -> dict[UUID, str]:
    """Person -> role on the target."""
    rows: Any = grants_of(target_type=target_type, target_id=target_id).values_list("user_id", "role")
    return dict(rows)
