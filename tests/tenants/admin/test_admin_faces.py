"""Who sees which face of the admin, and that nobody acts where they do not belong."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_tenants.utils import tenant_context

from config.kernel.context import SYSTEM
from generation.models import Job, JobStep
from projects.models import Document, DocumentVersion, Project, Task
from tenants.models import Domain, Membership, Tenant, User
from tenants.services import organisations
from tenants.services.people import operator_appoint
from tests.factories.people import PASSWORD

PLATFORM = "testserver"
PLATFORM_PAGES = [
    "tenants_tenant", "tenants_domain", "tenants_user", "tenants_membership", "tenants_schemastatus",
    "tenants_flagrule", "tenants_quota",
]  # fmt: skip
ORGANISATION_PAGES = [
    "projects_project", "projects_document", "projects_task", "projects_export", "collaboration_rolegrant",
    "generation_job",
]  # fmt: skip
# What a browser sends of the tables below a row.
TABLES = {f"{name}-{what}": "0" for name in ("memberships", "domains") for what in ("TOTAL_FORMS", "INITIAL_FORMS")}


def _host(tenant):
    return f"{tenant.slug}.testserver"


@pytest.fixture
def operator(db, make_person):
    return operator_appoint(actor=SYSTEM, user_id=make_person(None, email="operator@example.org").pk)


@pytest.fixture
def sign_in(db):
    def at(host, user):
        client = Client(headers={"host": host})
        client.force_login(user)
        return client

    return at


@pytest.fixture
def at_platform(operator, sign_in):
    return sign_in(PLATFORM, operator)


def _list(name):
    return reverse(f"admin:{name}_changelist")


def test_only_the_two_faces_pages_exist():
    shown = {model._meta.label_lower.replace(".", "_") for model in admin.site._registry}
    assert shown == {*PLATFORM_PAGES, *ORGANISATION_PAGES, "audit_securityevent"}  # the record has both faces


@pytest.mark.parametrize("name", PLATFORM_PAGES)
def test_operator_sees_the_platform_pages_on_the_platform_alone(at_platform, operator, sign_in, acme, name):
    assert at_platform.get(_list(name)).status_code == 200
    elsewhere = sign_in(_host(acme), operator).get(_list(name))
    assert (elsewhere.status_code, elsewhere.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("name", ORGANISATION_PAGES)
def test_organisation_pages_are_not_on_the_platform(at_platform, name):
    assert at_platform.get(_list(name)).status_code == 403
    page = reverse(f"admin:{name}_change", args=["01a1f93a-5608-7460-ab61-498cdde11374"])
    assert at_platform.get(page).status_code in (302, 403)


@pytest.mark.parametrize("name", ORGANISATION_PAGES)
def test_admin_of_the_organisation_sees_its_pages(in_acme, make_person, sign_in, name):
    client = sign_in(_host(in_acme), make_person(in_acme, "admin"))
    answer = client.get(_list(name))
    assert answer.status_code == 200
    assert b"Acme" in answer.content


@pytest.mark.parametrize("name", PLATFORM_PAGES)
def test_admin_of_an_organisation_who_is_an_operator_too_sees_no_platform_page_there(
    in_acme, make_person, sign_in, name
):
    both = make_person(in_acme, "admin")
    operator_appoint(actor=SYSTEM, user_id=both.pk)
    both.refresh_from_db()
    client = sign_in(_host(in_acme), both)
    assert client.get("/admin/").status_code == 200
    assert client.get(_list(name)).status_code == 403


@pytest.mark.parametrize("name", [*PLATFORM_PAGES, *ORGANISATION_PAGES])
def test_members_and_strangers_see_nothing(in_acme, globex, make_person, sign_in, name):
    member, stranger = make_person(in_acme), make_person(globex, "admin")
    for user in (member, stranger):
        for host in (PLATFORM, _host(in_acme)):
            assert sign_in(host, user).get(_list(name)).status_code == 302


def test_session_made_on_one_host_opens_nothing_on_another(in_acme, globex, make_person, sign_in):
    user = make_person(in_acme, "admin")
    client = sign_in(_host(in_acme), user)
    assert client.get(_list("projects_project")).status_code == 200
    client.defaults["HTTP_HOST"] = _host(globex)
    assert client.get(_list("projects_project"), headers={"host": _host(globex)}).status_code == 302


def test_admin_reads_the_own_organisation_and_no_other(in_acme, globex, make_person, sign_in):
    Project.objects.create(kind="novel", title="Ours alone")
    with tenant_context(globex):
        theirs = Project.objects.create(kind="novel", title="Theirs alone")
    client = sign_in(_host(in_acme), make_person(in_acme, "admin"))
    page = client.get(_list("projects_project")).content
    assert b"Ours alone" in page
    assert b"Theirs alone" not in page
    assert client.get(reverse("admin:projects_project_change", args=[theirs.pk])).status_code == 302


def test_admin_reads_no_texts(in_acme, make_person, sign_in):
    project = Project.objects.create(kind="novel", title="Title", brief={"premise": "SECRET"})
    text = Document.objects.create(
        project=project, kind="chapter", title="One", body="SECRET", source="SECRET", order_index=1
    )
    DocumentVersion.objects.create(document=text, number=1, title="One", body="SECRET", digest="x", size_bytes=6)
    task = Task.objects.create(project=project, title="Card", description="SECRET", order_index=1)
    job = Job.objects.create(
        kind="plan", project=project, payload={"x": "SECRET"}, result={"x": "SECRET"}, error_detail="SECRET", queue="q"
    )
    JobStep.objects.create(job=job, name="draft", position=1, input_hash="x", output={"text": "SECRET"})
    client = sign_in(_host(in_acme), make_person(in_acme, "admin"))
    for row in (project, text, task, job):
        for page in (_list(row._meta.label_lower.replace(".", "_")), admin_page(row)):
            answer = client.get(page)
            assert answer.status_code == 200
            assert b"SECRET" not in answer.content


def admin_page(row):
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


def test_nothing_is_written_on_an_organisations_face(in_acme, make_person, sign_in):
    ours = Project.objects.create(kind="novel", title="Ours")
    client = sign_in(_host(in_acme), make_person(in_acme, "admin"))
    change = reverse("admin:projects_project_change", args=[ours.pk])
    assert client.post(change, {"title": "Changed"}).status_code == 403
    assert client.post(reverse("admin:projects_project_delete", args=[ours.pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse("admin:projects_project_add"), {"title": "New"}).status_code == 403
    assert list(Project.objects.values_list("title", flat=True)) == ["Ours"]


@pytest.mark.parametrize(
    ("place", "role", "enters"),
    [(PLATFORM, "admin", False), ("acme.testserver", "admin", True), ("acme.testserver", "member", False)],
)
def test_signing_in_takes_only_those_who_may_enter(in_acme, make_person, place, role, enters):
    user = make_person(in_acme, role)
    client = Client(headers={"host": place})
    answer = client.post("/admin/login/?next=/admin/", {"username": user.email, "password": PASSWORD})
    assert (answer.status_code == 302) == enters
    assert ("_auth_user_id" in client.session) == enters
    if not enters:
        assert b"may not enter here" in answer.content


def test_wrong_password_and_no_right_to_enter_read_alike(in_acme, make_person):
    user = make_person(in_acme)
    client = Client(headers={"host": "acme.testserver"})
    pages = [
        list(
            client.post("/admin/login/", {"username": user.email, "password": typed}).context["form"].non_field_errors()
        )
        for typed in (PASSWORD, "wrong")
    ]
    assert len(pages[0]) == 1
    assert pages[0] == pages[1]


def test_operator_makes_an_organisation(at_platform):
    fields = {"slug": "initech", "name": "Initech", "admin_email": "Ada@example.org", "admin_password": PASSWORD}
    answer = at_platform.post(reverse("admin:tenants_tenant_add"), fields)
    assert answer.status_code == 302
    tenant = Tenant.objects.get(slug="initech")
    membership = Membership.objects.get(tenant=tenant)
    assert (membership.user.email, membership.role) == ("ada@example.org", "admin")
    assert membership.user.check_password(PASSWORD)
    with tenant_context(tenant):
        assert Project.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "www"),
        ("slug", "acme"),
        ("slug", "A b"),
        ("name", "\0"),
        ("admin_email", "x"),
        ("admin_password", "abc"),
    ],
)
def test_what_is_not_acceptable_stands_at_its_field(at_platform, acme, field, value):
    fields = {"slug": "initech", "name": "Initech", "admin_email": "a@example.org", "admin_password": PASSWORD}
    answer = at_platform.post(reverse("admin:tenants_tenant_add"), {**fields, field: value})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert not Tenant.objects.filter(slug="initech").exists()


def test_what_a_service_refuses_is_a_sentence_on_the_page(at_platform, monkeypatch):
    def busy(**_fields):
        raise organisations.SlugTaken

    monkeypatch.setattr(organisations, "organisation_create", busy)
    fields = {"slug": "initech", "name": "Initech", "admin_email": "a@example.org", "admin_password": PASSWORD}
    answer = at_platform.post(reverse("admin:tenants_tenant_add"), fields, follow=True)
    assert answer.status_code == 200
    assert b"Another organisation has this slug." in answer.content


def test_operator_renames_suspends_resumes_and_gives_up(at_platform, acme):
    page = reverse("admin:tenants_tenant_change", args=[acme.pk])

    def state():
        return Tenant.objects.values_list("slug", "name", "status", "suspended_reason").get(pk=acme.pk)

    at_platform.post(page, {"slug": "acme-two", "name": "Acme Two", **TABLES})
    assert state() == ("acme-two", "Acme Two", "active", "")
    at_platform.post(page, {"_step_suspend": "1", "reason": "unpaid"})
    assert state() == ("acme-two", "Acme Two", "suspended", "unpaid")
    at_platform.post(page, {"_step_resume": "1"})
    assert state()[2] == "active"
    at_platform.post(page, {"_step_give_up": "1"})
    assert state()[2] == "deleting"
    assert at_platform.post(reverse("admin:tenants_tenant_delete", args=[acme.pk]), {"post": "yes"}).status_code == 403


def test_steps_are_taken_by_operators_alone(in_acme, make_person, sign_in):
    page = reverse("admin:tenants_tenant_change", args=[in_acme.pk])
    for host in (PLATFORM, _host(in_acme)):
        answer = sign_in(host, make_person(in_acme, "admin")).post(page, {"_step_suspend": "1"})
        assert answer.status_code in (302, 403)
    assert Tenant.objects.get(pk=in_acme.pk).status == "active"


def test_actions_go_on_when_one_is_refused(at_platform, acme, globex):
    organisations.organisation_suspend(actor=SYSTEM, tenant_id=globex.pk)
    chosen = {"action": "suspend", "_selected_action": [str(acme.pk), str(globex.pk)]}
    page = at_platform.post(_list("tenants_tenant"), chosen, follow=True).content
    assert b"Suspended 1." in page
    assert b": globex is suspended." in page
    assert Tenant.objects.get(pk=acme.pk).status == "suspended"


def test_operator_adds_closes_and_helps_people(at_platform, acme):
    add = reverse("admin:tenants_user_add")
    fields = {"email": "Ada@example.org", "name": "Ada", "password": PASSWORD, "tenant": str(acme.pk), "role": "admin"}
    assert at_platform.post(add, fields).status_code == 302
    ada = User.objects.get(email="ada@example.org")
    assert Membership.objects.get(user=ada).role == "admin"
    page = reverse("admin:tenants_user_change", args=[ada.pk])
    assert at_platform.post(page, {"new_password": "short", **TABLES}).status_code == 200
    at_platform.post(page, {"new_password": "quite another password", **TABLES})
    ada.refresh_from_db()
    assert ada.check_password("quite another password")
    refused = at_platform.post(page, {"_step_deactivate": "1"}, follow=True)
    assert b"last admin" in refused.content
    Membership.objects.filter(user=ada).update(role="member")
    at_platform.post(page, {"_step_deactivate": "1"})
    ada.refresh_from_db()
    assert (ada.is_active, ada.email) == (False, f"{ada.pk}@deleted.invalid")
    assert at_platform.post(reverse("admin:tenants_user_delete", args=[ada.pk]), {"post": "yes"}).status_code == 403


def test_operator_adds_and_removes_hosts(at_platform, acme):
    add = reverse("admin:tenants_domain_add")
    assert at_platform.post(add, {"domain": "Bücher.example", "tenant": str(acme.pk)}).status_code == 302
    row = Domain.objects.get(domain="xn--bcher-kva.example")
    assert at_platform.post(add, {"domain": "x.testserver", "tenant": str(acme.pk)}).context["adminform"].form.errors
    at_platform.post(reverse("admin:tenants_domain_delete", args=[row.pk]), {"post": "yes"})
    assert not Domain.objects.exists()


def test_operator_changes_and_ends_memberships(at_platform, acme, make_person):
    make_person(acme, "admin")
    user = make_person(acme)
    row = Membership.objects.get(user=user)
    page = reverse("admin:tenants_membership_change", args=[row.pk])
    at_platform.post(page, {"role": "admin", "is_active": "on"})
    row.refresh_from_db()
    assert (row.role, row.is_active) == ("admin", True)
    at_platform.post(_list("tenants_membership"), {"action": "end", "_selected_action": [str(row.pk)]})
    row.refresh_from_db()
    assert not row.is_active
    new = make_person(None)
    at_platform.post(
        reverse("admin:tenants_membership_add"), {"user": str(new.pk), "tenant": str(acme.pk), "role": "member"}
    )
    assert Membership.objects.get(user=new).tenant == acme


def test_own_password_is_changed_by_the_service(in_acme, make_person, sign_in, api):
    user = make_person(in_acme, "admin")
    other_device = api(user, in_acme)
    client = sign_in(_host(in_acme), user)
    new = "quite another password"
    answer = client.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password(new)
    assert client.get("/admin/").status_code == 200
    assert other_device.get("/api/v1/projects").status_code == 401


@pytest.mark.parametrize("name", ["tenants_tenant", "tenants_user", "tenants_membership"])
def test_number_of_queries_of_a_list_does_not_grow(
    at_platform, make_person, acme, globex, name, django_assert_max_num_queries
):
    for tenant in (acme, globex):
        for _ in range(10):
            make_person(tenant)
    with django_assert_max_num_queries(10):
        assert at_platform.get(_list(name)).status_code == 200
