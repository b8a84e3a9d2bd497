"""How one flag's rules decide: pure, without a database."""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from tenants.models.flag import FlagUnit

BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A share of `unit`: `share` is in hundredths of a per cent, 0 (off) to 10,000 (on)."""

    share: int
    unit: str = FlagUnit.PERSON
    salt: str = ""


@dataclass(slots=True)
class FlagRules:
    """All rules of one flag: for everybody, by the organisation's schema, by the person's id."""

    everybody: Rule | None = None
    organisations: dict[str, Rule] = field(default_factory=dict)
    people: dict[UUID, Rule] = field(default_factory=dict)


def bucket(flag: str, salt: str, unit: str) -> int:
    """Where `unit` stands for this flag, 0 to 9,999: evenly spread, stable, and independent between flags and salts.

    The first eight bytes of SHA-256 over flag, salt and unit with NUL between them, modulo 10,000.
    """
    digest = hashlib.sha256("\0".join((flag, salt, unit)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def decide(flag: str, rules: FlagRules, *, default: bool, user_id: UUID | None, schema: str | None) -> bool:
    """Whether the flag is on: the person's rule, else the organisation's, else everybody's, else the default.

    A share of people leaves out whoever has no name, a share of organisations what happens outside of any.
    """
    rule = (
        (rules.people.get(user_id) if user_id is not None else None)
        or (rules.organisations.get(schema) if schema is not None else None)
        or rules.everybody
    )
    if rule is None:
        return default
    if rule.share in (0, BUCKETS):
        return rule.share == BUCKETS
    unit = schema if rule.unit == FlagUnit.ORGANISATION else user_id
    if unit is None:
        return False
    return bucket(flag, rule.salt, f"{rule.unit}:{unit}") < rule.share
