"""`POST /organisation/close`: an admin gives the organisation up, on purpose."""

import pytest

from audit.models import SecurityEvent
from config.kernel.context import SYSTEM
from tenants.choices import TenantStatus
from tenants.models import Tenant, User
from tenants.services.organisations import organisation_resume
from tests.factories.people import PASSWORD

URL = "/api/v1/organisation/close"
BODY = {"slug": "acme", "current_password": PASSWORD}


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, role="admin", email="ada@example.org")


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_an_admin_closes_it_and_an_operator_resumes_it(ada, acme, api, settings) -> None:
    client = api(ada, acme)

    response = client.post(URL, BODY)

    assert response.status_code == 200
    tenant = Tenant.objects.get(pk=acme.pk)
    assert tenant.status == TenantStatus.DELETING
    grace = tenant.delete_after - tenant.updated_at
    assert round(grace.total_seconds() / 86400) == settings.ORGANISATION_GRACE_DAYS
    assert response.json()["data"]["status"] == "deleting"
    assert SecurityEvent.objects.get(action="organisation.closed").actor_id == ada.pk
    assert error_of(client.get("/api/v1/projects")) == (403, "tenant_suspended")
    organisation_resume(actor=SYSTEM, tenant_id=acme.pk)
    assert client.get("/api/v1/projects").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"), [({"slug": "globex"}, "slug"), ({"current_password": "wrong"}, "current_password")]
)
def test_it_takes_slug_and_password(ada, acme, api, wrong, field) -> None:
    answer = api(ada, acme).post(URL, {**BODY, **wrong})

    assert error_of(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]["fields"]) == [field]
    assert Tenant.objects.get(pk=acme.pk).status == TenantStatus.ACTIVE


def test_a_member_does_not_close_it(acme, in_acme, make_person, api) -> None:
    assert error_of(api(make_person(acme), acme).post(URL, BODY)) == (403, "permission_denied")
    assert Tenant.objects.get(pk=acme.pk).status == TenantStatus.ACTIVE
