"""Setting quotas: an operator's word on what an organisation, its projects and its people may use."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import NotFound, ValidationFailed
from tenants.models import Tenant
from tenants.models.quota import Quota, QuotaScope
from tenants.permissions import require_operator
from tenants.selectors.quotas import forget_limits
from tenants.selectors.usage import KINDS

log = structlog.get_logger(__name__)

QUOTA_SET = "quota.set"
LIMIT_MAX = Decimal(10) ** 13


def _not_one_of(field: str, allowed: Iterable[str], found: str) -> ValidationFailed:
    return ValidationFailed.field(
        field, _("Expected one of: %(names)s; found %(name)r.") % {"names": ", ".join(allowed), "name": found[:40]}
    )


@transaction.atomic
def quota_set(
    *, actor: Actor, tenant_id: UUID, scope: str, kind: str, limit: Decimal | int | None, subject_id: UUID | None = None
) -> Quota | None:
    """Set a limit, or with None take it away so that the default holds again. 0 admits nothing.

    Raises:
        PermissionDenied: when the actor is no operator.
        ValidationFailed: for a scope, kind, subject or number that can't be.
        NotFound: there is no such organisation.
    """
    require_operator(actor)
    if scope not in QuotaScope.values:
        raise _not_one_of("scope", QuotaScope.values, scope)
    allowed = [item.value for item in KINDS[QuotaScope(scope)]]
    if kind not in allowed:
        raise _not_one_of("kind", allowed, kind)
    if subject_id is not None and scope == QuotaScope.ORGANISATION:
        raise ValidationFailed.field("subject_id", _("A quota of the organisation names no project or person."))
    if limit is not None and not (Decimal(limit).is_finite() and 0 <= Decimal(limit) <= LIMIT_MAX):
        raise ValidationFailed.field(
            "limit", _("Expected a number from 0 to %(most)s, found %(found)s.") % {"most": LIMIT_MAX, "found": limit}
        )
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise NotFound
    key: dict[str, Any] = {"tenant_id": tenant_id, "scope": scope, "kind": kind, "subject_id": subject_id}
    row = None
    if limit is None:
        Quota.objects.filter(**key).delete()
    else:
        row, _created = Quota.objects.update_or_create(**key, defaults={"limit": limit})
    transaction.on_commit(forget_limits)
    forget_limits()
    security_event(
        action=QUOTA_SET,
        actor=actor,
        target_type="quota",
        target_id=subject_id or tenant_id,
        target_label=f"{scope} {kind}",
        metadata={"limit": None if limit is None else str(limit)},
        schema=tenant.schema_name,
    )
    log.info("quota_set", tenant_id=str(tenant_id), scope=scope, kind=kind, limit=None if limit is None else str(limit))
    return row
