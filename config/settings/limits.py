"""The one table of rate limits, and what an operator changes of it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from config.env import Environment
from config.kernel.limits.policies import Group, Key, Policy, PolicyInvalid, changed, parsed

_ALL = frozenset({Group.READ, Group.WRITE, Group.WORK, Group.REFRESH})
_CHANGING = frozenset({Group.WRITE, Group.WORK})
_WORK = frozenset({Group.WORK})
_SIGN_IN = frozenset({Group.SIGN_IN})
_PASSWORD = frozenset({Group.PASSWORD})

# The same in `docs/operations/limits.md`, with the reasons.
POLICIES = (
    Policy("address", Key.ADDRESS, _ALL, 3000, 60),
    Policy("person", Key.PERSON, _ALL, 1200, 60),
    Policy("organisation", Key.ORGANISATION, _ALL, 12_000, 60),
    Policy("writes", Key.PERSON, _CHANGING, 300, 60),
    Policy("work", Key.PERSON, _WORK, 60, 60),
    Policy("refresh", Key.PLATFORM_ADDRESS, frozenset({Group.REFRESH}), 600, 60, fail_closed=True),
    Policy("sign_in_address", Key.PLATFORM_ADDRESS, _SIGN_IN, 60, 60, fail_closed=True),
    Policy("sign_in_account", Key.ACCOUNT, _PASSWORD, 5, 300, fail_closed=True),
    Policy("sign_in_known", Key.KNOWN_ACCOUNT, _PASSWORD, 5, 300, fail_closed=True),
)

QUOTA_SCOPES = frozenset({"organisation", "project", "person"})
QUOTA_KINDS = frozenset({"jobs_per_minute", "running_jobs", "tokens", "spend", "storage", "members"})
_DIGITS_MAX = 12

# Seconds for connecting, and again for the answer: a server that hangs delays one request a second by so much.
TIMEOUT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """The table after the operator's wishes, the counters' address, and by scope and kind the usual quotas."""

    policies: tuple[Policy, ...]
    redis_url: str
    quota_defaults: Mapping[tuple[str, str], Decimal]


def limit_settings(env: Environment, redis_url: str) -> Limits:
    """What the environment makes of the table.

    Raises:
        SystemExit: when RATE_LIMIT_POLICIES or QUOTA_DEFAULTS asks for what does not exist.
    """
    policies = _read("RATE_LIMIT_POLICIES", lambda: changed(POLICIES, parsed(env.RATE_LIMIT_POLICIES)))
    quota_defaults = _read("QUOTA_DEFAULTS", lambda: _quotas(parsed(env.QUOTA_DEFAULTS)))
    backend_off = env.RATE_LIMIT_BACKEND == "off"
    return Limits(() if backend_off else policies, env.RATE_LIMIT_REDIS_URL or redis_url, quota_defaults)


Read = TypeVar("Read")


def _read(name: str, reading: Callable[[], Read]) -> Read:
    """What `reading` gives.

    Raises:
        SystemExit: when the variable's value is not right, saying what is allowed.
    """
    try:
        return reading()
    except PolicyInvalid as error:
        sys.stderr.write(f"The environment is not right:\n  {name}: {error}\n")
        raise SystemExit(2) from error


def _quotas(wishes: Mapping[str, str]) -> dict[tuple[str, str], Decimal]:
    """By scope and kind, the limit of whoever has none of their own.

    Raises:
        PolicyInvalid: for a scope, kind or number that is none.
    """
    found = {}
    for name, number in wishes.items():
        scope, _dot, kind = name.partition(".")
        if scope not in QUOTA_SCOPES or kind not in QUOTA_KINDS or (kind == "members" and scope != "organisation"):
            allowed = f"SCOPE.KIND of {', '.join(sorted(QUOTA_SCOPES))} and {', '.join(sorted(QUOTA_KINDS))}"
            raise PolicyInvalid(f"{name!r}: expected {allowed} (members: of an organisation)")
        whole, _point, cents = number.partition(".")
        if not (whole.isascii() and whole.isdecimal() and len(whole) <= _DIGITS_MAX) or (
            cents and not cents.isdecimal()
        ):
            raise PolicyInvalid(f"{name}={number}: expected a number from 0 on")
        found[scope, kind] = Decimal(number)
    return found
