"""Flags and their rules as operators see them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from tenants.flags.registry import all_flags
from tenants.models import FlagRule


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: `scope` is `everybody`, `organisation` or `person`; `who` the slug or e-mail, empty for everybody."""

    scope: str
    who: str
    percentage: float
    unit: str
    salt: str


@dataclass(frozen=True, slots=True)
class FlagLine:
    """One flag with its rules, the nearest last. Not `registered`: rules stayed when the flag left the code."""

    name: str
    description: str
    default: bool
    owner: str
    registered: bool
    rules: list[RuleLine]


def flag_lines() -> list[FlagLine]:
    """Every registered flag, then every name that only rules know."""
    rules: dict[str, list[RuleLine]] = {}
    with schema_context("public"):
        rows = list(FlagRule.objects.select_related("tenant", "user").order_by("name", "user_id", "tenant__slug"))
    for row in sorted(rows, key=lambda row: (row.user_id is not None, row.tenant_id is not None)):
        rules.setdefault(row.name, []).append(_line(row))
    known = [
        FlagLine(flag.name, str(flag.description), flag.default, flag.owner, True, rules.pop(flag.name, []))
        for flag in all_flags()
    ]
    left = [FlagLine(name, _("Not in the code any more."), False, "", False, rules[name]) for name in sorted(rules)]
    return known + left


def _line(row: FlagRule) -> RuleLine:
    if row.user is not None:
        scope, who = "person", row.user.email
    elif row.tenant is not None:
        scope, who = "organisation", row.tenant.slug
    else:
        scope, who = "everybody", ""
    return RuleLine(scope, who, float(row.percentage), str(row.unit), row.salt)
