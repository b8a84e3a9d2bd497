"""What the check of a chain finds, and where."""

import pytest
from django.db import connection

from audit.models import SecurityEvent
from audit.services.actions import register_actions
from audit.services.events import digest_of, security_event
from audit.services.verification import chain_verify, link_of

ACTION = "test.happened"
EVENTS = 6


@pytest.fixture
def numbers(in_acme):
    """The numbers of six chained events, with the database's guards off: what its owner could do."""
    register_actions(ACTION)
    for number in range(EVENTS):
        security_event(action=ACTION, target_label=f"thing {number}", metadata={"number": number})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_securityevent DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_chain DISABLE TRIGGER USER")
    return list(SecurityEvent.objects.order_by("sequence").values_list("sequence", flat=True))[-EVENTS:]


def sequences():
    return [problem.sequence for problem in chain_verify().problems]


def test_untouched_chain_has_no_problem(numbers):
    verdict = chain_verify()

    assert verdict.problems == []
    assert (verdict.checked, verdict.head_sequence) == (numbers[-1], numbers[-1])


@pytest.mark.parametrize(
    "change",
    [
        {"target_label": "thing 3"},
        {"actor_label": "x"},
        {"metadata": {"number": 3}},
        {"outcome": "failure"},
        {"address": "192.0.2.1"},
    ],
)
def test_changed_row_is_found_where_it_is(numbers, change):
    assert SecurityEvent.objects.filter(sequence=numbers[2]).update(**change) == 1

    assert sequences() == [numbers[2]]


@pytest.mark.parametrize("column", ["digest", "hash"])
def test_changed_byte_of_digest_or_hash_is_found(numbers, column):
    event = SecurityEvent.objects.get(sequence=numbers[2])
    value = getattr(event, column)
    SecurityEvent.objects.filter(pk=event.pk).update(**{column: ("0" if value[0] != "0" else "1") + value[1:]})

    assert sequences()[0] == numbers[2]


def test_row_that_was_rewritten_with_its_hashes_is_found_by_the_next(numbers):
    event = SecurityEvent.objects.get(sequence=numbers[2])
    event.target_label = "another"
    event.digest = digest_of(vars(event))
    event.hash = link_of(event.previous_hash, event.sequence, event.digest)
    event.save()

    assert sequences() == [numbers[3]]


@pytest.mark.parametrize("place", [0, 2, EVENTS - 1])
def test_deleted_row_is_missed_even_the_newest(numbers, place):
    SecurityEvent.objects.filter(sequence=numbers[place]).delete()

    problems = chain_verify().problems
    assert [problem.sequence for problem in problems] == [numbers[place]]
    assert problems[0].what == f"event {numbers[place]} is missing"


def test_inserted_rows_are_found(numbers):
    event = SecurityEvent.objects.get(sequence=numbers[-1])
    event.pk = "01900000-0000-7000-8000-000000000001"
    event.previous_hash, event.sequence = event.hash, numbers[-1] + 1
    event.digest = digest_of(vars(event))
    event.hash = link_of(event.previous_hash, event.sequence, event.digest)
    event.save(force_insert=True)
    assert sequences() == [numbers[-1] + 1]

    event.pk, event.sequence = "01900000-0000-7000-8000-000000000002", None
    event.save(force_insert=True)
    assert 0 in sequences()


def test_swapped_rows_are_both_found(numbers):
    first, second = SecurityEvent.objects.filter(sequence__in=numbers[1:3]).order_by("sequence")
    SecurityEvent.objects.filter(pk=first.pk).update(sequence=None)
    SecurityEvent.objects.filter(pk=second.pk).update(sequence=numbers[1])
    SecurityEvent.objects.filter(pk=first.pk).update(sequence=numbers[2])

    assert set(numbers[1:3]) <= set(sequences())


def test_lost_chain_row_is_found(numbers):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_chain")

    assert chain_verify().problems
