"""What the product records by itself: who did it, in which record, whatever door they came through."""

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from audit.models import SecurityEvent
from collaboration.services.roles import role_grant, role_revoke
from config.kernel.context import SYSTEM, Context, use_context
from projects.constants import PROJECT_TYPE
from projects.services.documents import document_create
from projects.services.exports import export_create
from projects.services.projects import project_create, project_delete
from tenants.models import Session
from tenants.services.organisations import organisation_rename, organisation_resume, organisation_suspend
from tests.factories.people import PASSWORD

SIGN_IN = "/api/v1/auth/token"


def events(action, tenant=None):
    """The events of one action in the platform's record, or in an organisation's."""
    before = connection.tenant
    if tenant is None:
        connection.set_schema_to_public()
    else:
        connection.set_tenant(tenant)
    try:
        return list(SecurityEvent.objects.filter(action=action).order_by("id"))
    finally:
        connection.set_tenant(before)


@pytest.fixture
def project(in_acme, make_person, actor_of):
    """A project of a member of acme."""
    actor = actor_of(make_person(in_acme), in_acme)
    return actor, project_create(actor=actor, kind="novel", title="Sea")


def test_sign_in_is_recorded_in_the_organisation(in_acme, make_person, anonymous_api):
    person = make_person(in_acme)
    response = anonymous_api().post(SIGN_IN, {"email": person.email, "password": PASSWORD})
    assert response.status_code == 200

    (event,) = events("session.opened", in_acme)
    assert (event.actor_id, event.actor_label, event.outcome) == (person.pk, person.email, "success")
    assert (event.organisation, str(event.request_id)) == ("acme", response["X-Request-ID"])


@pytest.mark.parametrize("known", [True, False])
def test_failed_sign_in_is_recorded_for_known_and_unknown_addresses(db, acme, make_person, anonymous_api, known):
    person = make_person(acme)
    email = person.email if known else "nobody@example.org"
    response = anonymous_api().post(SIGN_IN, {"email": email, "password": "wrong wrong wrong"})
    assert response.status_code == 401

    (event,) = [event for event in events("session.refused") if str(event.request_id) == response["X-Request-ID"]]
    assert (event.outcome, event.actor_id, event.target_label) == ("failure", None, email)
    assert event.target_id == (str(person.pk) if known else "")
    assert "wrong" not in str(event.metadata)


def test_refresh_and_reuse_are_recorded_in_the_organisation(fresh_tenant, make_person, anonymous_api):
    tenant = fresh_tenant()
    person = make_person(tenant)
    client = anonymous_api()
    first = client.post(SIGN_IN, {"email": person.email, "password": PASSWORD}).json()["data"]["refresh"]
    second = client.post(f"{SIGN_IN}/refresh", {"refresh": first}).json()["data"]["refresh"]
    assert client.post(f"{SIGN_IN}/refresh", {"refresh": second}).status_code == 200
    replayed = client.post(f"{SIGN_IN}/refresh", {"refresh": first})
    assert (replayed.status_code, replayed.json()["error"]["code"]) == (401, "token_reused")

    assert [event.actor_id for event in events("session.refreshed", tenant)] == [person.pk] * 2
    (event,) = events("session.reused", tenant)
    assert (event.outcome, event.actor_id, event.metadata["sessions_ended"]) == ("refused", person.pk, 1)


def test_signing_out_and_revoking_are_recorded(in_acme, make_person, api, anonymous_api):
    person = make_person(in_acme)
    refresh = anonymous_api().post(SIGN_IN, {"email": person.email, "password": PASSWORD}).json()["data"]["refresh"]
    anonymous_api().post(f"{SIGN_IN}/revoke", {"refresh": refresh})
    assert [event.metadata["reason"] for event in events("session.signed_out")] == ["signed_out"]

    client = api(person, in_acme)
    session = Session.objects.filter(user=person, revoked_at__isnull=True).latest("id")
    assert client.delete(f"/api/v1/auth/sessions/{session.pk}").status_code == 204
    (event,) = events("session.revoked")
    assert (event.actor_id, event.target_id) == (person.pk, str(session.pk))


def test_changed_password_is_recorded_without_it(in_acme, make_person, api):
    person = make_person(in_acme)
    change = {"current_password": PASSWORD, "new_password": "another horse battery staple"}
    assert api(person, in_acme).post("/api/v1/me/password", change).status_code < 300

    (event,) = events("password.changed")
    assert (event.actor_id, event.target_label) == (person.pk, person.email)
    assert "horse" not in str(event.metadata)


def test_forbidden_attempt_is_recorded_with_its_actor(in_acme, make_person, api):
    person = make_person(in_acme)
    assert api(person, in_acme).get("/api/v1/audit").status_code == 403

    (event,) = events("access.denied", in_acme)
    assert (event.actor_id, event.outcome, event.target_label) == (person.pk, "refused", "GET /api/v1/audit")
    assert event.metadata == {"code": "permission_denied"}


def test_what_is_not_there_is_no_forbidden_attempt(in_acme, make_person, api):
    assert api(make_person(in_acme), in_acme).get(f"/api/v1/projects/{uuid4()}").status_code == 404
    assert events("access.denied", in_acme) == []


def test_roles_exports_and_deletion_are_recorded(in_acme, make_person, project):
    actor, made = project
    guest = make_person(in_acme)
    role_grant(actor=actor, target_type=PROJECT_TYPE, target_id=made.pk, user_id=guest.pk, role="viewer")
    role_revoke(actor=actor, target_type=PROJECT_TYPE, target_id=made.pk, user_id=guest.pk)
    document_create(actor=actor, project=made, kind="chapter", title="One", body="Text.")
    export_create(actor=actor, project=made, format="md")
    project_delete(actor=actor, project_id=made.pk)

    granted = events("role.granted", in_acme)[-1]
    assert (granted.target_id, granted.metadata) == (str(made.pk), {"user": str(guest.pk), "role": "viewer"})
    for action in ("role.revoked", "project.exported", "project.deleted"):
        (event,) = events(action, in_acme)
        assert (event.actor_id, event.target_id) == (actor.user_id, str(made.pk))


def test_organisations_life_is_in_the_platforms_record(db, acme):
    organisation_suspend(actor=SYSTEM, tenant_id=acme.pk, reason="unpaid")
    organisation_resume(actor=SYSTEM, tenant_id=acme.pk)
    organisation_rename(actor=SYSTEM, tenant_id=acme.pk, name="Acme & Sons")

    for action in ("organisation.suspended", "organisation.resumed", "organisation.renamed"):
        event = events(action)[-1]
        assert (event.target_id, event.actor_label) == (str(acme.pk), "system")


def test_job_and_command_act_as_the_system(in_acme):
    job_id = uuid4()
    with use_context(Context(actor=SYSTEM, job_id=job_id)):
        made = project_create(actor=SYSTEM, kind="novel", title="Sea")
        project_delete(actor=SYSTEM, project_id=made.pk)
    call_command("audit", "retention", "--tenant", "acme", "--days", "9")

    (event,) = events("project.deleted", in_acme)
    assert (event.actor_id, event.actor_label, event.metadata) == (None, "system", {"job_id": str(job_id)})
    assert events("audit.retention_changed", in_acme)[-1].actor_label == "system"


def test_sign_in_by_page_is_recorded_with_its_failure(in_acme, make_person, anonymous_api):
    person = make_person(in_acme, role="admin")
    client = anonymous_api(host=f"{in_acme.slug}.testserver")
    page = "/admin/login/?next=/admin/"
    client.post(page, {"username": person.email, "password": "wrong wrong wrong"}, format="multipart")
    client.post(page, {"username": person.email, "password": PASSWORD}, format="multipart")

    assert [event.target_label for event in events("session.refused", in_acme)] == [person.email]
    assert [event.actor_id for event in events("session.opened", in_acme)] == [person.pk]
