"""`POST /organisations`: nothing is made before the mailbox's reader confirms, and only where it is allowed."""

import pytest
from django.core import mail

from tenants.models import MailedLink, Membership, Tenant, User
from tenants.services.link_mails import links_send
from tenants.tokens.access import verify_access
from tests.factories.flags import flag_rule
from tests.factories.links import mailed_token
from tests.factories.people import PASSWORD

ASK, CONFIRM = "/api/v1/organisations", "/api/v1/organisations/confirm"
NEW = "a quite different sentence"
BODY = {"name": "Harbour Press", "slug": "harbour", "email": "eve@example.org", "password": NEW}


@pytest.fixture
def client(db, anonymous_api):
    return anonymous_api()


@pytest.fixture
def allowed(db) -> None:
    flag_rule("self_signup", 100)


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_nobody_signs_up_where_it_is_not_allowed(client) -> None:
    assert error_of(client.post(ASK, BODY)) == (403, "feature_disabled")
    assert error_of(client.post(CONFIRM, {"token": "nfm_x"})) == (403, "feature_disabled")
    assert not MailedLink.objects.exists()


def test_a_stranger_opens_an_organisation_and_is_signed_in(allowed, client, anonymous_api) -> None:
    assert client.post(ASK, BODY).status_code == 204
    assert not Tenant.objects.filter(slug="harbour").exists()
    assert not User.objects.filter(email="eve@example.org").exists()

    response = client.post(CONFIRM, {"token": mailed_token("eve@example.org")})

    assert response.status_code == 201, response.json()
    data = response.json()["data"]
    claims = verify_access(data["access"])
    assert (claims.tenant, claims.role) == ("harbour", "admin")
    assert data["tenant"]["name"] == "Harbour Press"
    assert response.headers["Cache-Control"] == "no-store"
    eve = User.objects.get(email="eve@example.org")
    assert eve.check_password(NEW)
    assert eve.email_verified_at is not None
    headers = {"Authorization": f"Bearer {data['access']}"}
    assert anonymous_api().get("/api/v1/projects", headers=headers).json()["data"]["results"] == []
    assert MailedLink.objects.get().payload == {}


def test_a_known_person_is_answered_alike_and_keeps_their_password(allowed, acme, client, make_person) -> None:
    eve = make_person(acme, email="eve@example.org")

    known, unknown = client.post(ASK, BODY), client.post(ASK, {**BODY, "email": "foe@example.org"})
    data = client.post(CONFIRM, {"token": mailed_token("eve@example.org")}).json()["data"]

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
    assert (data["access"], data["refresh"]) == (None, None)
    eve.refresh_from_db()
    assert eve.check_password(PASSWORD)
    assert Membership.objects.get(user=eve, tenant__slug="harbour").role == "admin"


def test_a_link_works_once(allowed, client) -> None:
    client.post(ASK, BODY)
    token = mailed_token("eve@example.org")
    client.post(CONFIRM, {"token": token})

    assert error_of(client.post(CONFIRM, {"token": token})) == (400, "link_invalid")


def test_a_slug_that_was_taken_meanwhile_leaves_the_link_open(allowed, acme, client) -> None:
    client.post(ASK, BODY)
    token = mailed_token("eve@example.org")
    Tenant.objects.filter(pk=acme.pk).update(slug="harbour")

    assert error_of(client.post(CONFIRM, {"token": token})) == (409, "conflict")
    assert not User.objects.filter(email="eve@example.org").exists()
    assert MailedLink.objects.get().used_at is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "public"}, "slug"),
        ({"slug": "pg_temp"}, "slug"),
        ({"slug": "information_schema"}, "slug"),
        ({"slug": "no'pe"}, "slug"),
        ({"slug": "x" * 64}, "slug"),
        ({"email": "eve"}, "email"),
        ({"password": "short"}, "password"),
        ({"name": " "}, "name"),
        ({"role": "admin"}, "role"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_sent(allowed, client, wrong, field) -> None:
    answer = client.post(ASK, {**BODY, **wrong})

    assert error_of(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]["fields"]) == [field]
    assert links_send() == 0
    assert mail.outbox == []


def test_a_slug_that_is_taken_is_refused_at_once(allowed, acme, client) -> None:
    assert error_of(client.post(ASK, {**BODY, "slug": "acme"})) == (409, "conflict")
