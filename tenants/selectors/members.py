"""The members of an organisation and who is invited, as its admins see them."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tenants.choices import LinkPurpose
from tenants.models import MailedLink, Membership


def members_of(tenant_id: UUID) -> QuerySet[Membership]:
    """Members, suspended ones too; removed people are not members."""
    rows: QuerySet[Membership] = Membership.objects.filter(
        tenant_id=tenant_id, removed_at__isnull=True, user__is_active=True
    ).select_related("user", "tenant")
    return rows


def invitations_of(tenant_id: UUID) -> QuerySet[MailedLink]:
    """Invitations that can still be accepted."""
    rows: QuerySet[MailedLink] = MailedLink.objects.filter(
        purpose=LinkPurpose.INVITATION,
        tenant_id=tenant_id,
        used_at__isnull=True,
        withdrawn_at__isnull=True,
        expires_at__gt=timezone.now(),
    )
    return rows
