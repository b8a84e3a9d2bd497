"""The one way to ask whether a request is within its limits. One call to the counters, however many policies apply."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

import structlog
from django.conf import settings

from config.kernel.errors import Degraded, RateLimited
from config.kernel.limits import figures
from config.kernel.limits.decisions import UNCOUNTED, Decision, seconds
from config.kernel.limits.policies import Key, Mode, Policy
from config.kernel.limits.store import GIVE_BACK_DIGEST, TAKE_DIGEST, CountersAway, store

log = structlog.get_logger("studio.limits")

IPV6_PREFIX_BITS = 64


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is counted. What is empty is not counted by: an anonymous request has no person.

    `account` names the account that somebody tries to sign in with; `known` whatever tells the owner from a stranger.
    """

    address: str | None = None
    person: str = ""
    schema: str = ""
    account: str = ""
    known: str = ""


@lru_cache(maxsize=4096)
def address_unit(address: str | None) -> str:
    """An address as it is counted: an IPv6 one by its /64, which is what one customer gets."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        if mapped is not None:
            return str(mapped)
        return f"{parsed.packed[: IPV6_PREFIX_BITS // 8].hex()}/{IPV6_PREFIX_BITS}"
    return str(parsed)


def _unit(key: Key, subject: Subject) -> str:
    """What `subject` is counted under, or an empty string when this key says nothing of it.

    A schema's name has no colon, and a unit that holds user input is a digest: parts can't run into each other.
    """
    match key:
        case Key.ADDRESS:
            return f"{subject.schema}:{address_unit(subject.address)}"
        case Key.PERSON:
            return f"{subject.schema}:{subject.person}" if subject.person else ""
        case Key.ORGANISATION:
            return subject.schema if subject.person else ""
        case Key.ACCOUNT:
            return subject.account if not subject.known else ""
        case Key.KNOWN_ACCOUNT:
            return f"{subject.account}:{subject.known}" if subject.known else ""
        case Key.PLATFORM_ADDRESS:
            return address_unit(subject.address)


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One policy as the script wants it."""

    policy: Policy
    prefix: str
    arguments: tuple[bytes, bytes, bytes]


class _Plans:
    """The buckets of each group, made once for a table of policies."""

    def __init__(self) -> None:
        self._table: Sequence[Policy] | None = None
        self._by_group: dict[str, tuple[_Bucket, ...]] = {}

    def of(self, group: str) -> tuple[_Bucket, ...]:
        """The buckets that count requests of this group."""
        table: Sequence[Policy] = settings.RATE_LIMIT_POLICIES
        if table is not self._table:
            self._table, self._by_group = table, {}
        found = self._by_group.get(group)
        if found is None:
            found = tuple(_bucket(policy) for policy in table if group in policy.groups and policy.mode != Mode.OFF)
            self._by_group[group] = found
        return found


def _bucket(policy: Policy) -> _Bucket:
    enforced = b"1" if policy.mode == Mode.ENFORCE else b"0"
    arguments = (str(policy.interval_us).encode(), str(policy.window_us).encode(), enforced)
    return _Bucket(policy, f"{settings.RATE_LIMIT_KEY_PREFIX}rl:{policy.name}:", arguments)


_plans = _Plans()


def taken(group: str, subject: Subject) -> Decision:
    """Count one request of this group against every policy that applies; refuses nothing by itself.

    Raises:
        Degraded: the counters are away and a policy of the group fails closed.
    """
    applying = [(bucket, unit) for bucket in _plans.of(group) if (unit := _unit(bucket.policy.key, subject))]
    if not applying:
        return UNCOUNTED
    keys = [bucket.prefix + unit for bucket, unit in applying]
    arguments = [argument for bucket, _unit in applying for argument in bucket.arguments]
    try:
        answer = store().run(TAKE_DIGEST, keys, arguments)
    except CountersAway:
        return _away(group, [bucket.policy for bucket, _unit in applying])
    return _judged([bucket.policy for bucket, _unit in applying], [int(part) for part in answer.split()])


def require(group: str, subject: Subject) -> Decision:
    """Count one request, and refuse it when it is over a limit.

    Raises:
        RateLimited: over an enforced limit.
        Degraded: as `taken`.
    """
    decision = taken(group, subject)
    if not decision.allowed:
        raise RateLimited(retry_after_seconds=decision.retry_after_seconds, limit=decision.limit)
    return decision


def check(policy_name: str, *, address: str | None, user_id: object, schema: str) -> Decision:
    """Count one request against a single policy of the table.

    Raises:
        LookupError: there is no policy of this name.
        Degraded: the counters are away and the policy fails closed.
    """
    policy = next((policy for policy in settings.RATE_LIMIT_POLICIES if policy.name == policy_name), None)
    if policy is None:
        raise LookupError(f"rate limit {policy_name!r}: expected one of settings.RATE_LIMIT_POLICIES")
    unit = _unit(policy.key, Subject(address=address, person=str(user_id or ""), schema=schema))
    if policy.mode == Mode.OFF or not unit:
        return UNCOUNTED
    bucket = _bucket(policy)
    try:
        answer = store().run(TAKE_DIGEST, [bucket.prefix + unit], list(bucket.arguments))
    except CountersAway:
        return _away(policy_name, [policy])
    return _judged([policy], [int(part) for part in answer.split()])


def give_back(group: str, subject: Subject) -> None:
    """Undo one `taken`: the request turned out to be one that should not count. Best effort."""
    applying = [(bucket, unit) for bucket in _plans.of(group) if (unit := _unit(bucket.policy.key, subject))]
    if not applying:
        return
    keys = [bucket.prefix + unit for bucket, unit in applying]
    try:
        store().run(GIVE_BACK_DIGEST, keys, [bucket.arguments[0] for bucket, _unit in applying])
    except CountersAway:
        log.info("rate_limit_not_given_back", group=group)


def _away(group: str, policies: Sequence[Policy]) -> Decision:
    """The answer while nothing can be counted.

    Raises:
        Degraded: when an enforced policy fails closed.
    """
    closed = any(policy.fail_closed and policy.mode == Mode.ENFORCE for policy in policies)
    figures.uncounted_total.labels(group, "refused" if closed else "admitted").inc()
    if closed:
        raise Degraded(details={"part": "rate_limits"})
    return UNCOUNTED


def _judged(policies: Sequence[Policy], numbers: Sequence[int]) -> Decision:
    """The decision of the enforced bucket that waits longest, else of the one with the least left."""
    shown, worst = -1, (0, 0)
    for index, policy in enumerate(policies):
        wait_us, remaining = numbers[3 * index], numbers[3 * index + 1]
        if wait_us:
            figures.refused_total.labels(policy.name, str(policy.mode)).inc()
        if policy.mode == Mode.ENFORCE and (shown < 0 or (wait_us, -remaining) > worst):
            shown, worst = index, (wait_us, -remaining)
    if shown < 0:
        return UNCOUNTED
    return Decision(
        allowed=worst[0] == 0,
        policy=policies[shown].name,
        limit=policies[shown].limit,
        remaining=numbers[3 * shown + 1],
        reset_seconds=seconds(numbers[3 * shown + 2]),
        retry_after_seconds=seconds(worst[0]),
    )
