"""Rules of feature flags."""

from decimal import Decimal
from typing import Any

from tenants.flags import snapshot
from tenants.models import FlagRule, Tenant, User


def flag_rule(
    name: str, percentage: int | Decimal, *, tenant: Tenant | None = None, user: User | None = None, **fields: Any
) -> FlagRule:
    """A rule for everybody, an organisation or a person, in force at once in this process."""
    values = {"percentage": percentage, **fields}
    rule, _made = FlagRule.objects.update_or_create(name=name, tenant=tenant, user=user, defaults=values)
    snapshot.forget()
    return rule
