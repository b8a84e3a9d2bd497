"""Pruning: the oldest events go in batches, and what stays can still be verified."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from audit.models import Chain, SecurityEvent
from audit.services.actions import register_actions
from audit.services.events import security_event
from audit.services.retention import record_prune, retention_days, retention_set
from audit.services.verification import chain_verify
from audit.tasks import prune_records
from config.kernel.context import SYSTEM
from config.kernel.errors import ValidationFailed
from projects.services.projects import project_create

ACTION = "test.happened"


@pytest.fixture
def organisation(fresh_tenant, monkeypatch):
    """A committed organisation with seven events of forty days ago and three of now."""
    register_actions(ACTION)
    tenant = fresh_tenant()
    with tenant_context(tenant):
        now = timezone.now
        with monkeypatch.context() as clock:
            clock.setattr(timezone, "now", lambda: now() - timedelta(days=40))
            for _number in range(7):
                security_event(action=ACTION)
        for _number in range(3):
            security_event(action=ACTION)
        yield tenant


def test_old_events_go_in_batches_and_the_rest_is_verified(organisation):
    last = SecurityEvent.objects.get(sequence=7).hash

    pruned = record_prune(actor=SYSTEM, before=timezone.now() - timedelta(days=30), batch_rows=3)

    assert pruned.events == 7
    assert list(SecurityEvent.objects.order_by("sequence").values_list("sequence", "action")) == [
        (8, ACTION), (9, ACTION), (10, ACTION), (11, "audit.pruned"),
    ]  # fmt: skip
    chain = Chain.objects.get()
    assert (chain.base_sequence, chain.base_hash) == (7, last)
    assert chain_verify().problems == []


def test_pruning_is_an_event_with_the_checkpoint(organisation):
    record_prune(actor=SYSTEM, before=timezone.now() - timedelta(days=30))

    event = SecurityEvent.objects.get(action="audit.pruned")
    assert (event.metadata["events"], event.metadata["base_sequence"]) == (7, 7)
    assert event.metadata["base_hash"] == Chain.objects.get().base_hash


def test_everything_may_go_and_the_chain_goes_on(organisation):
    assert record_prune(actor=SYSTEM, before=timezone.now() + timedelta(days=1)).events == 10

    assert [event.sequence for event in SecurityEvent.objects.all()] == [11]
    assert chain_verify().problems == []


def test_deleting_more_than_was_pruned_is_found(organisation):
    record_prune(actor=SYSTEM, before=timezone.now() - timedelta(days=30))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_securityevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_securityevent WHERE sequence = 8")
        cursor.execute("ALTER TABLE audit_securityevent ENABLE TRIGGER USER")

    assert [problem.what for problem in chain_verify().problems] == ["event 8 is missing"]


def test_nothing_goes_while_the_record_is_kept_for_ever(organisation, settings):
    settings.AUDIT_RETENTION_DAYS = 0

    assert record_prune(actor=SYSTEM).events == 0
    assert SecurityEvent.objects.count() == 10


def test_organisations_own_retention_decides_before_the_operators(organisation, settings):
    settings.AUDIT_RETENTION_DAYS = 10
    retention_set(actor=SYSTEM, days=60)
    assert (retention_days(), record_prune(actor=SYSTEM).events) == (60, 0)

    retention_set(actor=SYSTEM, days=None)
    assert (retention_days(), record_prune(actor=SYSTEM).events) == (10, 7)
    assert SecurityEvent.objects.filter(action="audit.retention_changed").count() == 2


@pytest.mark.parametrize("days", [-1, 36501])
def test_retention_that_is_none_is_refused(in_acme, days):
    with pytest.raises(ValidationFailed) as refused:
        retention_set(actor=SYSTEM, days=days)

    assert list(refused.value.details["fields"]) == ["days"]


def test_retention_of_an_organisation_without_events_is_kept(fresh_tenant):
    with tenant_context(fresh_tenant()):
        retention_set(actor=SYSTEM, days=5)

        assert retention_days() == 5


def test_task_prunes_every_record_by_its_own_retention(organisation, settings):
    settings.AUDIT_RETENTION_DAYS = 0
    retention_set(actor=SYSTEM, days=30)
    connection.set_schema_to_public()

    assert prune_records.run() == 7
    connection.set_tenant(organisation)
    assert SecurityEvent.objects.filter(action=ACTION).count() == 3


def test_history_goes_with_the_events(in_acme):
    project_create(actor=SYSTEM, kind="novel", title="Sea")
    LogEntry.objects.update(timestamp=timezone.now() - timedelta(days=40))
    project_create(actor=SYSTEM, kind="novel", title="Land")
    kept = LogEntry.objects.filter(timestamp__gte=timezone.now() - timedelta(days=30)).count()

    assert record_prune(actor=SYSTEM, before=timezone.now() - timedelta(days=30), batch_rows=1).history >= 1
    assert LogEntry.objects.count() == kept
