"""The signed-in devices of a person."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tenants.models import Session


def open_sessions_of(user_id: UUID) -> QuerySet[Session]:
    """The person's sessions that are neither ended nor past their time, in every organisation, newest first."""
    return (
        Session.objects.filter(user_id=user_id, revoked_at__isnull=True, idle_expires_at__gt=timezone.now())
        .select_related("tenant")
        .order_by("-id")
    )
