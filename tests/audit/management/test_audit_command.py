"""`manage.py audit`."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import tenant_context

from audit.models import SecurityEvent
from audit.services.actions import register_actions
from audit.services.events import security_event

ACTION = "test.happened"


@pytest.fixture
def organisation(fresh_tenant):
    """A committed organisation with five events."""
    register_actions(ACTION)
    tenant = fresh_tenant()
    with tenant_context(tenant):
        for number in range(5):
            security_event(action=ACTION, target_label=f"thing {number}")
    return tenant


def test_verify_says_that_all_is_well_and_shows_the_head(organisation, capsys):
    call_command("audit", "verify", "--tenant", organisation.slug)

    with tenant_context(organisation):
        head = SecurityEvent.objects.get(sequence=5).hash
    assert capsys.readouterr().out == f"{organisation.schema_name}: 5 events, 0 problems, head 5 {head}\n"


@pytest.mark.parametrize("whose", ["--tenant", "--all"])
def test_verify_finds_one_changed_byte_says_where_and_fails(organisation, capsys, whose):
    with tenant_context(organisation), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_securityevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_securityevent SET target_label = 'thinG 2' WHERE sequence = 3")
        cursor.execute("ALTER TABLE audit_securityevent ENABLE TRIGGER USER")

    with pytest.raises(CommandError):
        call_command("audit", "verify", whose, *([organisation.slug] if whose == "--tenant" else []))

    assert f"{organisation.schema_name}: 3: event" in capsys.readouterr().out


def test_unknown_organisation_is_named_as_an_error(committing):
    with pytest.raises(CommandError):
        call_command("audit", "verify", "--tenant", "nobody-here")


def test_export_writes_a_new_file_and_never_over_one(organisation, tmp_path):
    path = tmp_path / "events.jsonl"
    call_command("audit", "export", "--tenant", organisation.slug, "--output", str(path))

    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["target_label"] for row in rows if row["action"] == ACTION] == [f"thing {n}" for n in range(5)]
    with pytest.raises(CommandError, match="File exists"):
        call_command("audit", "export", "--tenant", organisation.slug, "--output", str(path))


def test_prune_and_retention_answer_in_words(organisation, capsys):
    call_command("audit", "retention", "--tenant", organisation.slug, "--days", "30")
    call_command("audit", "prune", "--tenant", organisation.slug, "--before", "2100-01-01")

    schema = organisation.schema_name
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{schema}: 30", f"{schema}: 6 events and 0 entries of history deleted"]


def test_wrong_time_is_refused_with_an_example(committing):
    with pytest.raises(CommandError, match="such as 2026-01-31"):
        call_command("audit", "prune", "--before", "yesterday")
