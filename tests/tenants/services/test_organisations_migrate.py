"""All schemas are brought up to date, whatever happens to one of them."""

import contextlib
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_exists

from config.kernel.context import SYSTEM
from tenants.constants import TEMPLATE_SCHEMA
from tenants.models import SchemaDump, SchemaStatus
from tenants.services import migration, organisations
from tenants.services.migration import migrations_pending, organisations_migrate
from tenants.services.organisations import organisation_create, organisation_suspend
from tests.ground.pg_dump import dump_of

LAST = "generation"  # the app whose tables nobody else's point to


def _execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _set_back(schema):
    """Leave a schema as it was before the last app came."""
    call_command("migrate_schemas", LAST, "zero", schema_name=schema, interactive=False, verbosity=0)


def _break(schema):
    """Let a schema forget what it has: migrating it fails, since the tables are there."""
    _execute(f"DELETE FROM {schema}.django_migrations WHERE app = '{LAST}'")


def _mend(schema):
    _execute(f"DROP TABLE {schema}.generation_jobstep, {schema}.generation_job, {schema}.generation_idempotencyrecord")


def _states():
    return dict(SchemaStatus.objects.values_list("schema_name", "state"))


def _migrate(**options):
    return organisations_migrate(say=lambda line: None, **options)


def test_nothing_to_do_touches_nothing(fresh_tenant):
    tenant = fresh_tenant()
    before = dump_of(tenant.schema_name)
    summary = _migrate()
    assert (summary.outcomes, summary.current, summary.dump_renewed) == ([], 5, False)
    assert dump_of(tenant.schema_name) == before


def test_number_of_queries_does_not_grow_with_the_organisations(fresh_tenant):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            _migrate()
        return len(captured)

    fresh_tenant()
    few = queries()
    for _ in range(4):
        fresh_tenant()
    assert queries() == few


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_that_fails_does_not_stop_the_others(fresh_tenant, jobs):
    broken, behind, later = fresh_tenant(), fresh_tenant(), fresh_tenant()
    whole = dump_of(behind.schema_name, rows=False)
    _break(broken.schema_name)
    _set_back(behind.schema_name)
    _set_back(later.schema_name)
    summary = _migrate(jobs=jobs)
    (failed,) = summary.failed
    assert failed.schema_name == broken.schema_name
    assert "already exists" in failed.error
    assert {outcome.schema_name for outcome in summary.outcomes} == {
        broken.schema_name, behind.schema_name, later.schema_name
    }  # fmt: skip
    assert _states()[broken.schema_name] == "failed"
    assert _states()[behind.schema_name] == _states()[later.schema_name] == "current"
    assert dump_of(behind.schema_name, rows=False) == dump_of(later.schema_name, rows=False) == whole
    assert {item.schema_name for item in migrations_pending()} == {broken.schema_name}


def test_only_failed_leaves_the_others_alone(fresh_tenant):
    broken, behind = fresh_tenant(), fresh_tenant()
    _break(broken.schema_name)
    assert _migrate().failed
    _mend(broken.schema_name)
    _set_back(behind.schema_name)
    summary = _migrate(only_failed=True)
    assert [(outcome.schema_name, outcome.error) for outcome in summary.outcomes] == [(broken.schema_name, "")]
    assert _states()[broken.schema_name] == "current"
    assert SchemaStatus.objects.get(schema_name=broken.schema_name).attempts == 2
    assert {item.schema_name for item in migrations_pending()} == {behind.schema_name}


def test_failure_that_was_mended_elsewhere_is_none_any_more(fresh_tenant):
    tenant = fresh_tenant()
    _break(tenant.schema_name)
    assert _migrate().failed
    _mend(tenant.schema_name)
    call_command("migrate_schemas", schema_name=tenant.schema_name, interactive=False, verbosity=0)
    assert not _migrate().outcomes
    assert _states()[tenant.schema_name] == "current"


def test_suspended_organisation_is_migrated_too(fresh_tenant):
    tenant = fresh_tenant()
    organisation_suspend(actor=SYSTEM, tenant_id=tenant.pk)
    _set_back(tenant.schema_name)
    assert [outcome.schema_name for outcome in _migrate().outcomes] == [tenant.schema_name]
    assert not migrations_pending()


def test_lost_schema_is_reported_and_not_made_anew(fresh_tenant):
    tenant = fresh_tenant()
    _execute(f"DROP SCHEMA {tenant.schema_name} CASCADE")
    (failed,) = _migrate().failed
    assert "missing" in failed.error
    assert not schema_exists(tenant.schema_name)


def test_template_is_migrated_first_and_its_dump_renewed(fresh_tenant):
    tenant = fresh_tenant()
    before = SchemaDump.objects.get().key
    for schema in (TEMPLATE_SCHEMA, tenant.schema_name):
        _set_back(schema)
    SchemaDump.objects.update(key="older")
    summary = _migrate()
    assert [outcome.schema_name for outcome in summary.outcomes] == [TEMPLATE_SCHEMA, tenant.schema_name]
    assert summary.dump_renewed
    assert SchemaDump.objects.get().key == before
    made = organisation_create(actor=SYSTEM, slug="newcomer", name="Newcomer")
    assert dump_of(made.schema_name, rows=False) == dump_of(tenant.schema_name, rows=False)


def test_when_the_template_fails_no_organisation_is_touched(fresh_tenant):
    tenant = fresh_tenant()
    _set_back(tenant.schema_name)
    _execute(f"CREATE TABLE kept AS SELECT * FROM {TEMPLATE_SCHEMA}.django_migrations")
    _break(TEMPLATE_SCHEMA)
    try:
        assert [(bool(outcome.error), outcome.schema_name) for outcome in _migrate().outcomes] == [
            (True, TEMPLATE_SCHEMA)
        ]
        assert {item.schema_name for item in migrations_pending()} == {TEMPLATE_SCHEMA, tenant.schema_name}
    finally:
        _execute(f"DELETE FROM {TEMPLATE_SCHEMA}.django_migrations")
        _execute(
            f"INSERT INTO {TEMPLATE_SCHEMA}.django_migrations OVERRIDING SYSTEM VALUE SELECT * FROM kept ORDER BY id"
        )
        _execute("DROP TABLE kept")


def test_lock_that_is_not_given_is_asked_for_again(fresh_tenant, monkeypatch):
    monkeypatch.setattr(migration, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(migration, "LOCK_TIMEOUT_SECONDS", 0.2)
    tenant = fresh_tenant()
    _set_back(tenant.schema_name)
    other, waits, released = connection.copy(), [], threading.Event()

    def noticed(*_args, **fields):
        waits.append(fields)
        if not released.is_set():
            other.close()
            released.set()

    monkeypatch.setattr(migration.log, "warning", noticed)
    with other.cursor() as cursor:
        cursor.execute(f"BEGIN; LOCK TABLE {tenant.schema_name}.projects_project IN SHARE ROW EXCLUSIVE MODE")
    try:
        assert [outcome.error for outcome in _migrate().outcomes] == [""]
    finally:
        other.close()
    assert waits[0]["schema"] == tenant.schema_name


def test_lock_that_is_never_given_is_a_failure_and_no_hang(fresh_tenant, monkeypatch):
    monkeypatch.setattr(migration, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(migration, "LOCK_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(migration, "LOCK_ATTEMPTS", 2)
    tenant = fresh_tenant()
    _set_back(tenant.schema_name)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"BEGIN; LOCK TABLE {tenant.schema_name}.projects_project IN SHARE ROW EXCLUSIVE MODE")
        (failed,) = _migrate().failed
    finally:
        other.close()
    assert "lock timeout" in failed.error


def test_second_migration_waits_and_then_finds_nothing_to_do(fresh_tenant, run_threads):
    tenant = fresh_tenant()
    _set_back(tenant.schema_name)
    summaries = run_threads(2, lambda index: _migrate())
    assert sorted(len(summary.outcomes) for summary in summaries) == [0, 1]
    assert not [summary.failed for summary in summaries if summary.failed]


def test_command_says_what_it_did_and_fails_when_one_failed(fresh_tenant, capsys):
    broken, behind = fresh_tenant(), fresh_tenant()
    _break(broken.schema_name)
    _set_back(behind.schema_name)
    call_command("migrate_organisations", "--plan")
    plan = capsys.readouterr().out
    assert f"{broken.schema_name}: {LAST}.0001_initial" in plan
    with pytest.raises(SystemExit) as end:
        call_command("migrate_organisations", "--check")
    assert end.value.code == 1
    assert {item.schema_name for item in migrations_pending()} == {broken.schema_name, behind.schema_name}
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        call_command("migrate_organisations")
    said = capsys.readouterr()
    assert end.value.code == 1
    assert "1 migrated, 1 failed, 4 had nothing to do" in said.out
    assert broken.schema_name in said.err
    _mend(broken.schema_name)
    call_command("migrate_organisations", "--only-failed")
    call_command("migrate_organisations", "--check")
    assert "Every schema is up to date." in capsys.readouterr().out


def test_organisation_that_is_being_made_meanwhile_is_migrated_too(committing, monkeypatch, run_threads, wait_until):
    """It was copied from the template as it was before; the migration waits for it and counts it in."""
    older = "DELETE FROM {}.django_migrations WHERE app = 'token_blacklist' AND name LIKE '0013%'"  # changes no table
    for schema in ("public", TEMPLATE_SCHEMA):
        _execute(older.format(schema))
    copied, save = threading.Event(), organisations._save_with_slug

    def waits():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'")
            return cursor.fetchone() != (0,)

    def slowly(tenant, *arguments):
        copied.set()
        with contextlib.suppress(AssertionError):  # nobody waits when the guard is missing: go on, and be noticed
            wait_until(waits, deadline_seconds=3)
        save(tenant, *arguments)

    monkeypatch.setattr(organisations, "_save_with_slug", slowly)

    def work(index):
        if index == 0:
            return organisation_create(actor=SYSTEM, slug="newcomer", name="Newcomer").schema_name
        assert copied.wait(30)
        return _migrate()

    try:
        made, summary = run_threads(2, work)
        assert [outcome.schema_name for outcome in summary.outcomes] == ["public", TEMPLATE_SCHEMA, made]
        assert not migrations_pending()
    finally:
        _migrate()
