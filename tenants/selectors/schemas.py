"""The schemas of organisations, for work that has to visit them all."""

from django_tenants.utils import schema_context

from tenants.choices import TenantStatus
from tenants.models import Tenant


def active_schemas() -> list[str]:
    """The schema of every organisation that is served now, oldest organisation first."""
    with schema_context("public"):
        rows = Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("id")
        return list(rows.values_list("schema_name", flat=True))
