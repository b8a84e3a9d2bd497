"""`POST /auth/switch`: from one organisation of mine to another."""

import pytest

from tenants.choices import SessionEnd, TenantStatus
from tenants.models import Membership, Session, Tenant, User
from tenants.selectors import directory
from tenants.tokens.access import verify_access


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, role="admin", email="ada@example.org")


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_person_switches_to_another_organisation_of_theirs(ada, acme, globex, api) -> None:
    Membership.objects.create(user=ada, tenant=globex)

    response = api(ada, acme).post("/api/v1/auth/switch", {"tenant": "globex"})

    data = response.json()["data"]
    assert response.status_code == 200
    assert data["tenant"]["slug"] == "globex"
    assert verify_access(data["access"]).tenant == "globex"
    acme_session, globex_session = Session.objects.filter(user=ada).order_by("id")
    assert globex_session.family == acme_session.family
    assert globex_session.expires_at == acme_session.expires_at
    assert acme_session.revoked_at is None


def test_a_person_does_not_switch_to_where_they_do_not_belong(ada, acme, globex, api) -> None:
    client = api(ada, acme)

    theirs = client.post("/api/v1/auth/switch", {"tenant": "globex"})
    missing = client.post("/api/v1/auth/switch", {"tenant": "nowhere"})

    assert error_of(theirs) == error_of(missing) == (404, "not_found")
    assert theirs.json()["error"]["message"] == missing.json()["error"]["message"]
    assert Session.objects.filter(user=ada).count() == 1


def test_a_person_does_not_switch_to_a_suspended_organisation(ada, acme, globex, api) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    client = api(ada, acme)
    Tenant.objects.filter(pk=globex.pk).update(status=TenantStatus.SUSPENDED)
    directory.forget()

    assert error_of(client.post("/api/v1/auth/switch", {"tenant": "globex"})) == (403, "tenant_suspended")


def test_a_session_that_ended_in_this_moment_opens_no_other(ada, acme, globex, api) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    client = api(ada, acme)
    assert client.get("/api/v1/me").status_code == 200
    # Another process ends it: this one still remembers it as open.
    Session.objects.filter(user=ada).update(revoked_at="2026-01-01T00:00Z", revoked_reason=SessionEnd.REVOKED)

    assert error_of(client.post("/api/v1/auth/switch", {"tenant": "globex"})) == (401, "session_revoked")


def test_a_stranger_does_not_switch(globex, anonymous_api, in_acme) -> None:
    assert error_of(anonymous_api().post("/api/v1/auth/switch", {"tenant": "globex"})) == (
        401,
        "authentication_failed",
    )
