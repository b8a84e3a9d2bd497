"""What a rate limit is, and how an operator's wishes change the table. Knows neither Django nor Valkey."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Mode(StrEnum):
    """Whether a policy counts, and whether it refuses."""

    OFF = "off"
    SHADOW = "shadow"
    ENFORCE = "enforce"


class Key(StrEnum):
    """What a policy counts by.

    Counts of addresses, people and organisations are kept apart by schema: no organisation's traffic uses up another's.
    Accounts (an e-mail that somebody tries to sign in with) and the address that does so are platform-wide, as people
    are.
    """

    ADDRESS = "address"
    PERSON = "person"
    ORGANISATION = "organisation"
    ACCOUNT = "account"
    KNOWN_ACCOUNT = "known_account"
    PLATFORM_ADDRESS = "platform_address"


class Group(StrEnum):
    """Kinds of routes. A view's `limit_group` names its own; others are `read` or `write` by their method."""

    READ = "read"
    WRITE = "write"
    WORK = "work"
    REFRESH = "refresh"
    SIGN_IN = "sign_in"
    PASSWORD = "password"  # noqa: S105  (a group, not a secret)


@dataclass(frozen=True, slots=True)
class Policy:
    """`limit` requests of `groups` for each `key` in `period_seconds`, spread evenly but for a burst of `limit`.

    `fail_closed` says that requests are refused (503 degraded) while they can't be counted; the others go on.
    """

    name: str
    key: Key
    groups: frozenset[str]
    limit: int
    period_seconds: int
    mode: Mode = Mode.ENFORCE
    fail_closed: bool = False

    @property
    def interval_us(self) -> int:
        """Microseconds in which one request is earned back."""
        return max(1, -(-self.period_seconds * 1_000_000 // self.limit))

    @property
    def window_us(self) -> int:
        """Microseconds that a whole burst is worth."""
        return self.interval_us * self.limit


class PolicyInvalid(ValueError):
    """A wish for a policy that does not exist or can't be; the sentence says what is allowed."""


_WISH = re.compile(r"(?:(?P<limit>[0-9]{1,9})/(?P<period>[0-9]{1,7}))?(?::?(?P<mode>[a-z]+))?")


def changed(table: Iterable[Policy], wishes: Mapping[str, str]) -> tuple[Policy, ...]:
    """The table after an operator's wishes: by policy `LIMIT/SECONDS`, a mode, or `LIMIT/SECONDS:MODE`.

    Raises:
        PolicyInvalid: for a name that the table does not have, or a wish that can't be read.
    """
    known = {policy.name: policy for policy in table}
    for name, wish in wishes.items():
        if name not in known:
            raise PolicyInvalid(f"{name!r}: expected one of {', '.join(sorted(known))}")
        known[name] = _wished(known[name], wish)
    return tuple(known.values())


def _wished(policy: Policy, wish: str) -> Policy:
    found = _WISH.fullmatch(wish)
    modes = {mode.value for mode in Mode}
    if not wish or found is None or (found["mode"] and found["mode"] not in modes):
        allowed = "LIMIT/SECONDS, off, shadow, enforce or LIMIT/SECONDS:MODE, such as 600/60:shadow"
        raise PolicyInvalid(f"{policy.name}={wish}: expected {allowed}")
    if found["limit"]:
        limit, period_seconds = int(found["limit"]), int(found["period"])
        if limit < 1 or period_seconds < 1:
            raise PolicyInvalid(
                f"{policy.name}={wish}: expected a limit and a period of 1 or more; `off` switches it off"
            )
        policy = replace(policy, limit=limit, period_seconds=period_seconds)
    return replace(policy, mode=Mode(found["mode"])) if found["mode"] else policy


def parsed(text: str) -> dict[str, str]:
    """`name=wish,name=wish` as a mapping.

    Raises:
        PolicyInvalid: for a part without a name or a wish, or a name given twice.
    """
    wishes: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, wish = part.partition("=")
        if not (name.strip() and equals and wish.strip()):
            raise PolicyInvalid(f"{part!r}: expected NAME=LIMIT/SECONDS, NAME=MODE or NAME=LIMIT/SECONDS:MODE")
        if name.strip() in wishes:
            raise PolicyInvalid(f"{name.strip()!r} is named twice")
        wishes[name.strip()] = wish.strip()
    return wishes
