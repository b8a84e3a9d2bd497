"""Suspended, resumed, renamed, given up, purged: each undone or final as it says."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_exists, tenant_context

from config.kernel.context import SYSTEM
from config.kernel.errors import Conflict, NotFound, PermissionDenied, ValidationFailed
from projects.models import Project
from tenants.exceptions import SlugTaken
from tenants.models import Domain, Membership, SchemaStatus, Session, Tenant, User
from tenants.services import organisations as services
from tenants.services.organisations import organisation_create
from tenants.tasks import purge_organisations

HEADER, HOST = "header", "host"


def _ask(api_or_anonymous, tenant, way, *user):
    host = f"{tenant.slug}.testserver" if way == HOST else None
    return api_or_anonymous(*user, tenant, host=host).get("/api/v1/projects")


@pytest.mark.parametrize("way", [HEADER, HOST])
def test_suspended_organisation_is_not_served(in_acme, make_person, api, anonymous_api, way):
    user = make_person(in_acme, "admin")
    assert _ask(api, in_acme, way, user).status_code == 200
    services.organisation_suspend(actor=SYSTEM, tenant_id=in_acme.pk, reason="unpaid")
    for answer in (_ask(api, in_acme, way, user), _ask(anonymous_api, in_acme, way)):
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "tenant_suspended"
    services.organisation_resume(actor=SYSTEM, tenant_id=in_acme.pk)
    assert _ask(api, in_acme, way, user).status_code == 200


def test_suspended_organisation_is_not_served_to_its_claim_alone(in_acme, make_person, api):
    client = api(make_person(in_acme), in_acme)
    del client.defaults["HTTP_X_TENANT"]
    assert client.get("/api/v1/projects").status_code == 200
    services.organisation_suspend(actor=SYSTEM, tenant_id=in_acme.pk)
    assert client.get("/api/v1/projects").json()["error"]["code"] == "tenant_suspended"


def test_deleted_organisation_is_not_served_and_resume_calls_it_off(in_acme, make_person, api, settings):
    settings.ORGANISATION_GRACE_DAYS = 12
    user = make_person(in_acme, "admin")
    before = timezone.now()
    tenant = services.organisation_delete(actor=SYSTEM, tenant_id=in_acme.pk)
    assert before + timedelta(days=12) <= tenant.delete_after <= timezone.now() + timedelta(days=12)
    assert _ask(api, in_acme, HEADER, user).status_code == 403
    tenant = services.organisation_resume(actor=SYSTEM, tenant_id=in_acme.pk)
    assert (tenant.status, tenant.delete_after) == ("active", None)
    assert _ask(api, in_acme, HEADER, user).status_code == 200


def test_renamed_organisation_answers_at_its_new_host_alone(in_acme, make_person, api, anonymous_api):
    user = make_person(in_acme)
    old = api(user, in_acme, host="acme.testserver")
    assert old.get("/api/v1/projects").status_code == 200
    renamed = services.organisation_rename(actor=SYSTEM, tenant_id=in_acme.pk, slug="acme-two", name="Acme Two")
    assert renamed.schema_name == in_acme.schema_name
    assert old.get("/api/v1/projects").status_code == 404
    assert anonymous_api(None, host="acme.testserver").get("/api/v1/projects").status_code == 404
    assert _ask(api, renamed, HOST, user).status_code == 200
    old.defaults["HTTP_HOST"] = "acme-two.testserver"
    assert old.get("/api/v1/projects").json()["error"]["code"] == "tenant_mismatch"


def test_renaming_to_a_taken_slug_is_refused(in_acme, globex):
    with pytest.raises(SlugTaken):
        services.organisation_rename(actor=SYSTEM, tenant_id=in_acme.pk, slug=globex.slug)
    assert Tenant.objects.get(pk=in_acme.pk).slug == "acme"


@pytest.mark.parametrize("slug", ["public", "www", "A", "pg-x"])
def test_renaming_to_a_slug_that_is_not_acceptable_is_refused(in_acme, slug):
    with pytest.raises(ValidationFailed):
        services.organisation_rename(actor=SYSTEM, tenant_id=in_acme.pk, slug=slug)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("organisation_suspend", "organisation_suspend"),
        ("organisation_delete", "organisation_delete"),
        ("organisation_delete", "organisation_suspend"),
        (None, "organisation_resume"),
        (None, "organisation_purge"),
        (None, "organisation_hasten"),
        ("organisation_suspend", "organisation_purge"),
        ("organisation_delete", "organisation_purge"),
    ],
)
def test_step_that_does_not_follow_is_a_conflict(in_acme, first, second):
    if first is not None:
        getattr(services, first)(actor=SYSTEM, tenant_id=in_acme.pk)
    before = Tenant.objects.values().get(pk=in_acme.pk)
    with pytest.raises(Conflict):
        getattr(services, second)(actor=SYSTEM, tenant_id=in_acme.pk)
    assert Tenant.objects.values().get(pk=in_acme.pk) == before
    assert schema_exists(in_acme.schema_name)


STEPS = (
    "organisation_suspend",
    "organisation_resume",
    "organisation_rename",
    "organisation_delete",
    "organisation_purge",
)


@pytest.mark.parametrize("step", STEPS)
def test_nobody_but_an_operator_may_take_a_step(in_acme, make_person, actor_of, step):
    admin = actor_of(make_person(in_acme, "admin"), in_acme)
    with pytest.raises(PermissionDenied):
        getattr(services, step)(actor=admin, tenant_id=in_acme.pk)
    assert Tenant.objects.get(pk=in_acme.pk).status == "active"


@pytest.mark.parametrize("step", STEPS)
def test_organisation_that_does_not_exist_is_not_found(in_acme, make_person, step):
    with pytest.raises(NotFound):
        getattr(services, step)(actor=SYSTEM, tenant_id=make_person(in_acme).pk)


def _given_up(tenant, make_person, api):
    """An organisation with a person who wrote something, a session, a domain and a status; its grace is over."""
    user = make_person(tenant, "admin")
    with tenant_context(tenant):
        Project.objects.create(kind="novel", title="written", created_by=user)
    api(user, tenant)
    services.domain_add(actor=SYSTEM, tenant_id=tenant.pk, domain="write.example.org")
    SchemaStatus.objects.create(schema_name=tenant.schema_name, state="failed")
    services.organisation_delete(actor=SYSTEM, tenant_id=tenant.pk, grace_days=0)
    return user


def test_purge_removes_everything_but_people(fresh_tenant, make_person, api):
    tenant = fresh_tenant()
    user = _given_up(tenant, make_person, api)
    services.organisation_purge(actor=SYSTEM, tenant_id=tenant.pk)
    assert not schema_exists(tenant.schema_name)
    assert not Tenant.objects.filter(pk=tenant.pk).exists()
    assert not Membership.objects.exists()
    assert not Domain.objects.exists()
    assert not Session.objects.exists()
    assert not SchemaStatus.objects.filter(schema_name=tenant.schema_name).exists()
    assert User.objects.get(pk=user.pk).is_active


def test_scheduled_purge_takes_what_is_due_and_nothing_else(fresh_tenant):
    due, waiting, serving = fresh_tenant(), fresh_tenant(), fresh_tenant()
    services.organisation_delete(actor=SYSTEM, tenant_id=due.pk, grace_days=0)
    services.organisation_delete(actor=SYSTEM, tenant_id=waiting.pk, grace_days=1)
    done = purge_organisations.apply(headers={"_schema_name": "public"})
    assert tuple(done.get()) == (1, 0)
    assert not schema_exists(due.schema_name)
    assert schema_exists(waiting.schema_name)
    assert schema_exists(serving.schema_name)
    assert set(Tenant.objects.exclude(slug__in=["acme", "globex"])) == {waiting, serving}


def test_making_and_purging_at_once_do_not_stand_in_each_others_way(fresh_tenant, make_person, run_threads):
    doomed = [fresh_tenant() for _ in range(3)]
    for tenant in doomed:
        make_person(tenant)
        services.organisation_delete(actor=SYSTEM, tenant_id=tenant.pk, grace_days=0)

    def work(index):
        if index < 3:
            return services.organisation_purge(actor=SYSTEM, tenant_id=doomed[index].pk)
        return organisation_create(
            actor=SYSTEM, slug=f"new-{index}", name="New", admin_email=f"a{index}@example.org"
        ).slug

    assert run_threads(6, work) == [None, None, None, "new-3", "new-4", "new-5"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Write.Example.ORG. ", "write.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("a-b.example.org", "a-b.example.org"),
    ],
)
def test_domain_is_kept_as_requests_name_it(in_acme, typed, kept, anonymous_api):
    assert services.domain_add(actor=SYSTEM, tenant_id=in_acme.pk, domain=typed).domain == kept
    answer = anonymous_api(None, host=kept).get("/api/v1/projects")
    assert answer.status_code == 401
    assert anonymous_api(None, host=f"{kept.upper()}.:8000").get("/api/v1/projects").status_code == 401


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "localhost",
        "one",
        "a..b",
        "-a.example",
        "a.example:80",
        "http://a.example",
        "a.example/x",
        "127.0.0.1",
        "[::1]",
        "a b.example",
        "a\0.example",
        "\ud800.example",
        "x" * 64 + ".example",
        "testserver",
        "new.testserver",
        "a.123",
    ],
)
def test_domain_that_is_not_acceptable_is_refused(in_acme, domain):
    with pytest.raises(ValidationFailed) as refusal:
        services.domain_add(actor=SYSTEM, tenant_id=in_acme.pk, domain=domain)
    assert list(refusal.value.details["fields"]) == ["domain"]


def test_domain_of_another_organisation_is_refused(in_acme, globex):
    services.domain_add(actor=SYSTEM, tenant_id=globex.pk, domain="write.example.org")
    with pytest.raises(Conflict):
        services.domain_add(actor=SYSTEM, tenant_id=in_acme.pk, domain="WRITE.example.org")


def test_removed_domain_stops_answering(in_acme, anonymous_api):
    row = services.domain_add(actor=SYSTEM, tenant_id=in_acme.pk, domain="write.example.org")
    assert anonymous_api(None, host="write.example.org").get("/api/v1/projects").status_code == 401
    services.domain_remove(actor=SYSTEM, domain_id=row.pk)
    assert anonymous_api(None, host="write.example.org").get("/api/v1/projects").status_code == 404
