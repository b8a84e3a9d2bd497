"""Organisations as operators see them."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from tenants.choices import MemberRole
from tenants.exceptions import NoSuchTenant
from tenants.models import Membership, Tenant


@dataclass(frozen=True, slots=True)
class Overview:
    """One line of the list of organisations."""

    slug: str
    name: str
    status: str
    people: int
    schema_name: str
    created_at: datetime
    delete_after: datetime | None


@dataclass(frozen=True, slots=True)
class Details:
    """Everything an operator asks about one organisation. `size_bytes` is what its schema takes on disk."""

    overview: Overview
    suspended_reason: str
    addresses: tuple[str, ...]
    admins: tuple[str, ...]
    size_bytes: int


def tenant_of_slug(slug: str) -> Tenant:
    """The organisation with this slug.

    Raises:
        NoSuchTenant: when there is none.
    """
    tenant: Tenant | None = Tenant.objects.filter(slug=slug).first() if "\0" not in slug else None
    if tenant is None:
        raise NoSuchTenant(_("No organisation has the slug “%(slug)s”.") % {"slug": slug[:80]}, details={"slug": slug})
    return tenant


def overviews(*, status: str | None = None) -> list[Overview]:
    """Every organisation, by slug."""
    rows = Tenant.objects.annotate(people=Count("memberships", filter=Q(memberships__is_active=True)))
    if status is not None:
        rows = rows.filter(status=status)
    return [_overview(row) for row in rows.order_by("slug")]


def _overview(row: Tenant) -> Overview:
    return Overview(row.slug, row.name, row.status, row.people, row.schema_name, row.created_at, row.delete_after)


def details_of(slug: str) -> Details:
    """One organisation in full.

    Raises:
        NoSuchTenant: when there is none.
    """
    tenant = tenant_of_slug(slug)
    tenant.people = Membership.objects.filter(tenant=tenant, is_active=True).count()
    admins = Membership.objects.filter(tenant=tenant, is_active=True, role=MemberRole.ADMIN)
    domains = tenant.domains.order_by("-is_primary", "domain").values_list("domain", flat=True)
    return Details(
        overview=_overview(tenant),
        suspended_reason=tenant.suspended_reason,
        addresses=tuple(address_of(host) for host in (f"{slug}.{settings.BASE_DOMAIN}", *domains)),
        admins=tuple(admins.order_by("user__email").values_list("user__email", flat=True)),
        size_bytes=schema_size_bytes(tenant.schema_name),
    )


def address_of(host: str) -> str:
    """Where a browser finds this host."""
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{host}{port}/"


def address_of_slug(slug: str) -> str:
    """Where a browser finds the organisation."""
    return address_of(f"{slug}.{settings.BASE_DOMAIN}")


def schema_size_bytes(schema_name: str) -> int:
    """What the tables of a schema take on disk, indexes and large values included, in bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relkind IN ('r', 'S')",
            [schema_name],
        )
        return int(cursor.fetchone()[0])
