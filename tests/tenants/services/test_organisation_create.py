"""An organisation is made whole or not at all."""

import threading

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_exists

from config.kernel.context import SYSTEM
from config.kernel.errors import PermissionDenied, ValidationFailed
from projects.models import Project
from tenants.constants import TEMPLATE_SCHEMA
from tenants.exceptions import OrganisationsNotReady, ProvisioningBusy, SlugTaken
from tenants.models import Membership, SchemaDump, Tenant, User
from tenants.selectors.organisations import schema_size_bytes
from tenants.services import organisations, provisioning
from tenants.services.organisations import organisation_create
from tests.ground import committed

PASSWORD = "correct horse battery staple"


def _create(slug="initech", **fields):
    return organisation_create(actor=SYSTEM, slug=slug, name=fields.pop("name", "Initech"), **fields)


def _traces():
    return (Tenant.objects.count(), User.objects.count(), Membership.objects.count(), committed.schemas())


def test_creating_makes_schema_and_first_admin(db):
    tenant = _create(name="  Initech GmbH ", admin_email=" Ada@Example.ORG ", admin_password=PASSWORD)
    membership = Membership.objects.select_related("user").get(tenant=tenant)
    assert (tenant.slug, tenant.name, tenant.status) == ("initech", "Initech GmbH", "active")
    assert (membership.user.email, membership.role, membership.is_active) == ("ada@example.org", "admin", True)
    assert membership.user.check_password(PASSWORD)
    assert schema_exists(tenant.schema_name)
    assert "initech" not in tenant.schema_name


def test_admin_who_has_an_account_keeps_the_password(db, acme, make_person):
    ada = make_person(acme, email="ada@example.org")
    tenant = _create(admin_email="ADA@example.org", admin_password="another one that is long")
    assert Membership.objects.get(tenant=tenant).user == ada
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_creating_inside_an_organisation_leaves_the_connection_there(in_acme):
    Project.objects.create(kind="novel", title="ours")
    _create()
    assert connection.schema_name == in_acme.schema_name
    assert Project.objects.get().title == "ours"
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone()[0].startswith(in_acme.schema_name)


def test_member_may_not_create(in_acme, make_person, actor_of):
    for role in ("member", "admin"):
        with pytest.raises(PermissionDenied):
            organisation_create(actor=actor_of(make_person(in_acme, role), in_acme), slug="initech", name="x")
    assert not Tenant.objects.filter(slug="initech").exists()


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "ab",
        "Acme",
        "1st",
        "-x-",
        "a--b",
        "a_b",
        "a.b",
        "über",
        "x" * 64,
        "nope','tb",
        'a"b',
        "a\\b",
        "a;b",
        "a b",
        "abc\n",
        "abc\0",
        "\ud800bc",
        "public",
        "pg_temp",
        "pg-temp",
        "information_schema",
        "information-schema",
        "template_organisation",
        "template-organisation",
        "template-x",
        "www",
        "api",
        "admin",
        "static",
        "mail",
        "app",
        "xn--bcher-kva",
    ],
)
def test_slug_that_is_not_acceptable_is_refused(db, slug):
    before = _traces()
    with pytest.raises(ValidationFailed) as refusal:
        _create(slug)
    assert list(refusal.value.details["fields"]) == ["slug"]
    assert _traces() == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"admin_email": "nobody"}, "email"),
        ({"admin_email": "a\0@example.org"}, "email"),
        ({"admin_email": "x" * 250 + "@example.org"}, "email"),
        ({"admin_email": "a@example.org", "admin_password": "short"}, "password"),
        ({"admin_password": PASSWORD}, "admin_email"),
    ],
)
def test_other_fields_that_are_not_acceptable_are_refused(db, fields, named):
    before = _traces()
    with pytest.raises(ValidationFailed) as refusal:
        _create(**fields)
    assert list(refusal.value.details["fields"]) == [named]
    assert _traces() == before


def test_failure_at_the_last_step_leaves_nothing(committing, monkeypatch):
    before = _traces()

    def fail(**_arguments):
        raise RuntimeError("at the very end")

    monkeypatch.setattr(organisations, "membership_open", fail)
    with pytest.raises(RuntimeError):
        _create(admin_email="ada@example.org", admin_password=PASSWORD)
    assert _traces() == before


def test_taken_slug_is_refused(db, acme):
    with pytest.raises(SlugTaken):
        _create(acme.slug)


def test_of_two_at_once_with_one_slug_one_wins(committing, run_threads, monkeypatch):
    # The friendly look before is passed by both: the constraint alone decides.
    monkeypatch.setattr(organisations.Tenant.objects, "filter", lambda **_where: Tenant.objects.none())
    before = committed.schemas()
    results = run_threads(2, lambda index: _create(admin_email=f"admin{index}@example.org", admin_password=PASSWORD))
    monkeypatch.undo()
    won = [found for found in results if isinstance(found, Tenant)]
    assert [type(found) for found in results if not isinstance(found, Tenant)] == [SlugTaken]
    assert committed.schemas() - before == {won[0].schema_name}
    assert Membership.objects.filter(tenant=won[0]).count() == 1
    assert User.objects.count() == 1


def test_many_at_once_share_one_new_admin(committing, run_threads):
    results = run_threads(
        6, lambda index: _create(f"firm-{index}", admin_email="ada@example.org", admin_password=PASSWORD)
    )
    assert [type(found) for found in results] == [Tenant] * 6
    assert User.objects.get().memberships.count() == 6


def test_creating_waits_for_a_lock_and_then_succeeds(committing, monkeypatch):
    monkeypatch.setattr(provisioning, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(provisioning, "LOCK_ATTEMPTS", 50)
    holds, release = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            User.objects.create_user("writer@example.org")
            holds.set()
            release.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(30)
    attempts = []
    monkeypatch.setattr(provisioning.log, "warning", lambda *_args, **fields: (attempts.append(fields), release.set()))
    try:
        assert _create().slug == "initech"
    finally:
        release.set()
        holder.join(30)
    assert attempts


def test_creating_gives_up_when_a_lock_is_never_given(committing, monkeypatch):
    monkeypatch.setattr(provisioning, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(provisioning, "LOCK_ATTEMPTS", 2)
    before = _traces()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE public.tenants_user IN ROW EXCLUSIVE MODE")
            with pytest.raises(ProvisioningBusy):
                _create()
    finally:
        other.close()
    assert _traces() == before


def test_without_a_template_nothing_is_made(db):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA {TEMPLATE_SCHEMA} RENAME TO elsewhere")
    before = _traces()
    with pytest.raises(OrganisationsNotReady):
        _create()
    assert _traces() == before


def test_template_behind_the_public_schema_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TEMPLATE_SCHEMA}.django_migrations WHERE app = 'projects'")
    with pytest.raises(OrganisationsNotReady) as refusal:
        _create()
    assert "projects.0001_initial" in refusal.value.details["missing"]


def test_cached_dump_is_used_until_the_template_changes(db):
    _create("first")
    SchemaDump.objects.update(sql=SchemaDump.objects.get().sql + ";\nCREATE TABLE mark ()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{_create('second').schema_name}.mark"])
        assert cursor.fetchone() != (None,)
        cursor.execute(f"INSERT INTO {TEMPLATE_SCHEMA}.django_migrations (app, name, applied) VALUES ('x', 'y', now())")
        cursor.execute("SELECT to_regclass(%s)", [f"{_create('third').schema_name}.mark"])
        assert cursor.fetchone() == (None,)
    assert SchemaDump.objects.count() == 1


def test_empty_organisation_takes_less_than_4_megabytes(fresh_tenant):
    assert 0 < schema_size_bytes(fresh_tenant().schema_name) < 4 * 1024 * 1024
