"""Asking for a flag."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from prometheus_client import Counter

from config.kernel.context import Actor, current_context
from config.kernel.errors import FeatureDisabled
from config.kernel.schemas import present_schema
from tenants.flags.registry import Flag, all_flags, registered
from tenants.flags.rules import FlagRules, decide
from tenants.flags.snapshot import snapshot

PUBLIC = "public"
DATABASE = "database"
_NO_RULES = FlagRules()

evaluations = Counter("studio_flag_evaluations_total", "Times that a flag was asked for.", ["flag", "result"])


@lru_cache(maxsize=1024)
def _series(name: str, result: bool) -> Any:
    return evaluations.labels(name, "on" if result else "off")


def flag_enabled(name: str, *, actor: Actor | None = None, schema: str | None = None) -> bool:
    """Whether the flag is on for `actor` in the organisation of `schema`: the present ones where they are not given.

    A refresh may ask Valkey and the database: from async code call it by `sync_to_async`.

    Raises:
        UnknownFlag: when no app registered the name.
    """
    result = _result(registered(name), actor, schema)
    _series(name, result).inc()
    return result


def require_flag(name: str, *, actor: Actor | None = None, schema: str | None = None) -> None:
    """Let only those go on for whom the flag is on; takes what `flag_enabled` takes.

    Raises:
        FeatureDisabled: for everybody else; `details.flag` names the flag.
        UnknownFlag: when no app registered the name.
    """
    if not flag_enabled(name, actor=actor, schema=schema):
        raise FeatureDisabled(
            _("The feature “%(flag)s” is switched off here.") % {"flag": name}, details={"flag": name}
        )


def flags_shown(*, actor: Actor | None = None, schema: str | None = None) -> dict[str, bool]:
    """Every registered flag as `flag_enabled` would answer, by name. Looking is not counted as an evaluation."""
    return {flag.name: _result(flag, actor, schema) for flag in all_flags()}


def _result(flag: Flag, actor: Actor | None, schema: str | None) -> bool:
    if settings.FEATURE_FLAGS_BACKEND != DATABASE:
        return flag.default
    context = current_context()
    actor = actor or context.actor
    schema = schema or context.schema or present_schema()
    return decide(
        flag.name,
        snapshot().rules.get(flag.name, _NO_RULES),
        default=flag.default,
        user_id=actor.user_id if actor is not None else None,
        schema=None if schema == PUBLIC else schema,
    )
