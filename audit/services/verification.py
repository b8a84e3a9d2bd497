"""Checking a schema's chain: which events were changed, taken away, added or moved."""

import hashlib
from dataclasses import dataclass, field

from audit.models import Chain, SecurityEvent
from audit.services.events import digest_of

PROBLEMS_MAX = 100
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and at which number of the chain (0: outside of it)."""

    sequence: int
    what: str


@dataclass(slots=True)
class Verdict:
    """The result for one schema: events read, the head they lead to, and the first `PROBLEMS_MAX` problems."""

    checked: int = 0
    head_sequence: int = 0
    head_hash: str = ""
    problems: list[Problem] = field(default_factory=list)

    def add(self, sequence: int, what: str) -> None:
        """Note a problem; those beyond the bound are left out."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(sequence, what))


def link_of(previous_hash: str | None, sequence: int | None, digest: str) -> str:
    """The hash of an event from its predecessor's, its number and its digest: SHA-256 in hexadecimal."""
    return hashlib.sha256(f"{previous_hash}:{sequence}:{digest}".encode()).hexdigest()


def chain_verify() -> Verdict:
    """Check the record of the schema at hand from its base to its head; others may write meanwhile.

    When retention moved the base while events were read, they are read again.
    """
    after = Chain.objects.first() or Chain()
    for _round in range(_ROUNDS):
        before, verdict = after, _walk(after)
        after = Chain.objects.first() or Chain()
        if after.base_sequence == before.base_sequence:
            break
    _check_end(verdict, after)
    verdict.head_sequence, verdict.head_hash = after.head_sequence, after.head_hash
    return verdict


def _walk(chain: Chain) -> Verdict:
    """Every event in the order of the chain, in one snapshot."""
    verdict = Verdict()
    expected, former = chain.base_sequence + 1, chain.base_hash
    for event in SecurityEvent.objects.order_by("sequence").iterator(chunk_size=1000):
        verdict.checked += 1
        if event.sequence is None:
            verdict.add(0, f"event {event.pk} was put in beside the chain")
            continue
        if event.sequence < expected:
            verdict.add(event.sequence, f"event {event.pk} was put in before the chain's base")
            continue
        if event.sequence > expected:
            verdict.add(expected, _missing(expected, event.sequence - 1))
        elif event.previous_hash != former:
            verdict.add(event.sequence, f"event {event.pk} does not follow the one before it")
        _check_event(verdict, event)
        if event.sequence == chain.head_sequence and event.hash != chain.head_hash:
            verdict.add(event.sequence, f"event {event.pk} is not the one that was the newest")
        expected, former = event.sequence + 1, event.hash or ""
    verdict.head_sequence = expected - 1
    return verdict


def _check_event(verdict: Verdict, event: SecurityEvent) -> None:
    """An event against its own digest and hash."""
    if digest_of(vars(event)) != event.digest:
        verdict.add(event.sequence or 0, f"event {event.pk} was changed: its digest is another")
    elif link_of(event.previous_hash, event.sequence, event.digest) != event.hash:
        verdict.add(event.sequence or 0, f"event {event.pk} was changed or moved: its hash is another")


def _check_end(verdict: Verdict, chain: Chain) -> None:
    """The newest event that was read against the head as it is now."""
    last = verdict.head_sequence
    if last > chain.head_sequence:
        verdict.add(chain.head_sequence + 1, f"events {chain.head_sequence + 1} to {last} were put in after the newest")
    elif last < chain.head_sequence and not SecurityEvent.objects.filter(sequence=chain.head_sequence).exists():
        verdict.add(last + 1, _missing(last + 1, chain.head_sequence))


def _missing(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"
