"""Security events: what is written, that it stays, that nobody changes it, and that the chain never forks."""

import hashlib
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django_tenants.utils import tenant_context

from audit.constants import NO_HASH
from audit.models import Chain, SecurityEvent
from audit.services.actions import UnknownAction, register_actions
from audit.services.events import audit_failures_total, digest_of, refusal_event, security_event
from config.kernel.context import Actor, Context, use_context
from config.kernel.errors import Degraded

ACTION = "test.happened"


@pytest.fixture(autouse=True)
def _registered():
    register_actions(ACTION)


def _chain_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_event_says_who_where_what_and_within_which_request(in_acme):
    person = Actor(user_id=uuid4(), label="ada@example.org", tenant_role="admin")
    request_id, target_id = uuid4(), uuid4()
    with use_context(Context(actor=person, request_id=request_id, address="192.0.2.7")):
        security_event(
            action=ACTION, target_type="project", target_id=target_id, target_label="Sea", metadata={"role": "editor"}
        )

    event = SecurityEvent.objects.get(action=ACTION)
    assert (event.actor_id, event.actor_label, event.outcome) == (person.user_id, "ada@example.org", "success")
    assert (event.organisation_id, event.organisation) == (in_acme.pk, "acme")
    assert (event.target_type, event.target_id, event.target_label) == ("project", str(target_id), "Sea")
    assert (event.request_id, event.address, event.metadata) == (request_id, "192.0.2.7", {"role": "editor"})


def test_unregistered_action_is_refused_by_name(in_acme):
    with pytest.raises(UnknownAction, match=r"test\.never"):
        security_event(action="test.never")
    with pytest.raises(ValueError, match="Nonsense"):
        register_actions("Nonsense")


def test_event_goes_with_the_transaction_that_is_rolled_back(in_acme):
    def write_and_fail():
        with transaction.atomic():
            security_event(action=ACTION)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()

    assert not SecurityEvent.objects.filter(action=ACTION).exists()


def test_refusal_stays_although_the_transaction_is_rolled_back(fresh_tenant):
    def refuse():
        with transaction.atomic():
            refusal_event(action=ACTION, metadata={"why": "no ability"})
            raise RuntimeError

    with tenant_context(fresh_tenant()):
        with pytest.raises(RuntimeError):
            refuse()

        event = SecurityEvent.objects.get()
        assert (event.outcome, event.metadata, event.sequence) == ("refused", {"why": "no ability"}, 1)


def test_each_event_hangs_on_the_one_before_by_the_documented_formula(in_acme):
    for number in range(3):
        security_event(action=ACTION, target_label=f"Ünïcödé {number}")
    _chain_now()

    events = list(SecurityEvent.objects.filter(action=ACTION).order_by("sequence"))
    assert [event.target_label for event in events] == [f"Ünïcödé {number}" for number in range(3)]
    for event, former in zip(events[1:], events, strict=False):
        assert event.sequence == former.sequence + 1
        assert event.previous_hash == former.hash
    for event in events:
        assert event.digest == digest_of(vars(event))
        written = f"{event.previous_hash}:{event.sequence}:{event.digest}"
        assert event.hash == hashlib.sha256(written.encode()).hexdigest()
    assert (Chain.objects.get().head_sequence, Chain.objects.get().head_hash) == (events[-1].sequence, events[-1].hash)


def test_first_event_of_an_organisation_hangs_on_nothing(fresh_tenant):
    with tenant_context(fresh_tenant()):
        security_event(action=ACTION)

        event = SecurityEvent.objects.get()
        assert (event.sequence, event.previous_hash) == (1, NO_HASH)


def test_one_organisations_record_is_not_the_others(in_acme, globex):
    security_event(action=ACTION, schema=globex.schema_name)

    assert not SecurityEvent.objects.filter(action=ACTION).exists()
    with tenant_context(globex):
        assert SecurityEvent.objects.get(action=ACTION).organisation == "globex"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_securityevent SET actor_label = 'nobody'",
        "UPDATE audit_securityevent SET sequence = NULL",
        "DELETE FROM audit_securityevent",
        "TRUNCATE audit_securityevent",
        "SET LOCAL studio.audit_retention = 'on'; DELETE FROM audit_securityevent",
        "SET LOCAL studio.audit_retention = 'on'; UPDATE audit_securityevent SET hash = repeat('0', 64)",
        "SET LOCAL studio.audit_retention = 'on'; UPDATE audit_chain SET head_sequence = 0",
        "SET LOCAL studio.audit_retention = 'on'; UPDATE audit_chain SET base_sequence = head_sequence + 1",
        "UPDATE audit_chain SET base_sequence = head_sequence",
        "UPDATE audit_chain SET head_hash = repeat('0', 64)",
        "DELETE FROM audit_chain",
        "TRUNCATE audit_chain",
    ],
)
def test_application_role_can_change_nothing_of_the_record(in_acme, statement):
    security_event(action=ACTION)
    _chain_now()

    refused = pytest.raises(DatabaseError, match=r"append-only|kept by the database")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert SecurityEvent.objects.filter(action=ACTION).count() == 1


def test_event_can_not_be_changed_before_it_is_chained_either(in_acme):
    security_event(action=ACTION)

    for work in (
        lambda: SecurityEvent.objects.filter(action=ACTION).update(actor_label="nobody"),
        lambda: SecurityEvent.objects.filter(action=ACTION).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            work()


def test_place_in_the_chain_is_the_databases_to_give(in_acme):
    security_event(action=ACTION)
    _chain_now()
    head = Chain.objects.get().head_sequence
    event = SecurityEvent.objects.get(action=ACTION)

    event.pk, event.sequence, event.hash = uuid4(), head + 500, "f" * 64
    event.save(force_insert=True)
    _chain_now()

    event.refresh_from_db()
    assert event.sequence == head + 1
    assert event.hash != "f" * 64


def test_400_events_of_20_threads_make_one_chain_without_a_broken_link(fresh_tenant, run_threads):
    tenant = fresh_tenant()

    def write(index):
        with tenant_context(tenant):
            for number in range(20):
                with transaction.atomic():
                    security_event(action=ACTION, metadata={"thread": index, "number": number})
        return True

    assert run_threads(20, write) == [True] * 20
    with tenant_context(tenant):
        events = list(SecurityEvent.objects.order_by("sequence"))
    assert [event.sequence for event in events] == list(range(1, 401))
    broken = [event for event, former in zip(events[1:], events, strict=False) if event.previous_hash != former.hash]
    assert (broken, events[0].previous_hash) == ([], NO_HASH)


def _break_the_table():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_securityevent RENAME TO audit_elsewhere")


def test_event_that_can_not_be_written_is_counted_and_the_action_goes_on(in_acme, settings):
    settings.AUDIT_STRICT_MODE = False
    before = audit_failures_total._value.get()
    _break_the_table()

    security_event(action=ACTION)
    refusal_event(action=ACTION)

    assert audit_failures_total._value.get() == before + 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_strict_mode_refuses_the_action_that_can_not_be_recorded(in_acme, settings):
    settings.AUDIT_STRICT_MODE = True
    _break_the_table()

    with pytest.raises(Degraded) as refused:
        security_event(action=ACTION)

    assert refused.value.details == {"part": "audit"}


def test_nothing_is_recorded_when_the_record_is_switched_off(in_acme, settings):
    settings.AUDIT_ENABLED = False

    security_event(action=ACTION)
    refusal_event(action=ACTION)

    assert not SecurityEvent.objects.filter(action=ACTION).exists()


def test_secrets_are_masked_by_name_and_metadata_is_bounded(in_acme):
    security_event(
        action=ACTION,
        metadata={
            "password": "hunter2",
            "apiKey": "sk-1",
            "nested": {"Refresh-Token": "nfr_x", "list": [{"client_secret": "s"}]},
            "tokens_used": 12,
            "price": 1e16,
            "odd": "a\x00b\ud800",
        },
    )
    security_event(action=ACTION, metadata={f"key{number}": "x" * 500 for number in range(40)})

    first, second = SecurityEvent.objects.filter(action=ACTION).order_by("id")
    assert first.metadata == {
        "password": "***",
        "apiKey": "***",
        "nested": {"Refresh-Token": "***", "list": [{"client_secret": "***"}]},
        "tokens_used": 12,
        "price": "1e+16",
        "odd": "ab?",
    }
    assert second.metadata["truncated"] is True
    assert first.digest == digest_of(vars(first))
