"""Setting and clearing the rules of feature flags. Operators and the system itself; each change is recorded."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import NotFound, ValidationFailed
from tenants.exceptions import NoSuchTenant
from tenants.flags import snapshot
from tenants.flags.registry import all_flags
from tenants.models import FlagRule, Tenant, User
from tenants.models.flag import EVERYBODY, NOBODY, SALT_MAX, FlagUnit
from tenants.permissions import require_operator

log = structlog.get_logger("studio.flags")

FLAG_SET, FLAG_CLEARED = "flag.set", "flag.cleared"
HUNDREDTH = Decimal("0.01")


def flag_set(
    *,
    actor: Actor,
    name: str,
    percentage: Decimal | int,
    tenant_id: UUID | None = None,
    user_id: UUID | None = None,
    unit: str = FlagUnit.PERSON,
    salt: str | None = None,
) -> FlagRule:
    """Make or change the rule of a flag for one organisation, for one person, or (neither given) for everybody.

    `percentage` is 0 (off), 100 (on) or between, in steps of a hundredth. Without `salt` the rule keeps its own, so
    that whoever had the feature at 10 % has it at 20 %. Other processes follow within `FEATURE_FLAGS_CACHE_TTL`.

    Raises:
        PermissionDenied: for everybody but operators and the system.
        ValidationFailed: naming what is wrong: an unknown flag, a percentage that is none, a share of one person.
        NotFound: when there is no such organisation or person.
    """
    require_operator(actor)
    wanted = _checked(name, percentage, unit, salt, to_one=user_id is not None, to_all=tenant_id is user_id is None)
    with schema_context("public"), transaction.atomic():
        who = _subject(tenant_id, user_id)
        scope = _scope(tenant_id, user_id)
        rule, made = FlagRule.objects.select_for_update().get_or_create(name=name, **scope, defaults=wanted)
        before = None if made else _values(rule)
        for field, value in wanted.items():
            setattr(rule, field, value)
        if before != _values(rule):
            if not made:
                rule.save(update_fields=[*wanted, "updated_at"])
            _record(actor, FLAG_SET, rule, who, before=before, after=_values(rule))
    return rule


def flag_clear(*, actor: Actor, name: str, tenant_id: UUID | None = None, user_id: UUID | None = None) -> None:
    """Remove a rule, so that the next wider one, or the default, decides. Rules of flags that are gone count too.

    Raises:
        PermissionDenied: for everybody but operators and the system.
        NotFound: when there is no such rule, organisation or person.
    """
    require_operator(actor)
    with schema_context("public"), transaction.atomic():
        who = _subject(tenant_id, user_id)
        found = FlagRule.objects.select_for_update().filter(**_scope(tenant_id, user_id))
        rule = found.filter(name=name).first() if "\0" not in name else None
        if rule is None:
            raise NotFound(
                _("“%(flag)s” has no rule for %(who)s.") % {"flag": name[:80], "who": who or _("everybody")},
                details={"flag": name[:80]},
            )
        _record(actor, FLAG_CLEARED, rule, who, before=_values(rule), after=None)
        rule.delete()


def _checked(
    name: str, percentage: Decimal | int, unit: str, salt: str | None, *, to_one: bool, to_all: bool
) -> dict[str, Any]:
    """The columns of a rule from what was asked; `to_one` and `to_all` say how wide it is.

    Raises:
        ValidationFailed: naming what is wrong.
    """
    known = [flag.name for flag in all_flags()]
    if name not in known:
        text = _("Expected a flag, one of %(known)s; found %(found)r.")
        raise ValidationFailed.field("name", text % {"known": ", ".join(known), "found": name[:80]})
    share = Decimal(percentage)
    if not share.is_finite() or not NOBODY <= share <= EVERYBODY or share != share.quantize(HUNDREDTH):
        text = _("Expected a number from 0 to 100 with at most two decimals; found %(found)s.")
        raise ValidationFailed.field("percentage", text % {"found": str(percentage)[:40]})
    if to_one and share not in (NOBODY, EVERYBODY):
        text = _("For one person a flag is on (100) or off (0); found %(found)s.")
        raise ValidationFailed.field("percentage", text % {"found": share})
    if unit not in FlagUnit.values or (unit == FlagUnit.ORGANISATION and not to_all):
        text = _("Expected “person”, or “organisation” in a rule for everybody; found %(found)r.")
        raise ValidationFailed.field("unit", text % {"found": unit[:40]})
    wanted: dict[str, Any] = {"percentage": share, "unit": FlagUnit(unit)}
    if salt is not None:
        if len(salt) > SALT_MAX or not (salt.isascii() and salt.isprintable()):
            text = _("Expected at most %(most)d printable ASCII characters; found %(found)r.")
            raise ValidationFailed.field("salt", text % {"most": SALT_MAX, "found": salt[:40]})
        wanted["salt"] = salt
    return wanted


def _subject(tenant_id: UUID | None, user_id: UUID | None) -> str:
    """Whom a rule is for, in words that outlive them; empty for everybody.

    Raises:
        NotFound: when they do not exist.
        ValidationFailed: when both are named.
    """
    if tenant_id is not None and user_id is not None:
        raise ValidationFailed.field("user", _("A rule is for an organisation or for a person, not for both."))
    if tenant_id is not None:
        slug = Tenant.objects.filter(pk=tenant_id).values_list("slug", flat=True).first()
        if slug is None:
            raise NoSuchTenant
        return str(slug)
    if user_id is not None:
        email = User.objects.filter(pk=user_id).values_list("email", flat=True).first()
        if email is None:
            raise NotFound(_("There is no such person."))
        return str(email)
    return ""


def _scope(tenant_id: UUID | None, user_id: UUID | None) -> dict[str, Any]:
    """The columns that say whom a rule is for."""
    return {"tenant_id": tenant_id, "user_id": user_id}


def _values(rule: FlagRule) -> dict[str, str]:
    """What a rule says, as the record keeps it."""
    return {
        "percentage": str(Decimal(rule.percentage).quantize(HUNDREDTH)),
        "unit": str(rule.unit),
        "salt": rule.salt,
    }


def _record(
    actor: Actor, action: str, rule: FlagRule, who: str, *, before: dict[str, str] | None, after: dict[str, str] | None
) -> None:
    """Write the event with the change, and tell every process when both are committed."""
    security_event(
        action=action,
        actor=actor,
        target_type="flag",
        target_id=rule.pk,
        target_label=rule.name,
        metadata={
            "flag": rule.name,
            "organisation": str(rule.tenant_id or ""),
            "person": str(rule.user_id or ""),
            "who": who,
            "before": before,
            "after": after,
        },
        schema="public",
    )
    log.info(action.replace(".", "_"), flag=rule.name, rule=str(rule.pk), after=after)
    transaction.on_commit(snapshot.announce)
