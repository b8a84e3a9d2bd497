"""`POST /auth/token`: who gets in, where, and what strangers learn."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.choices import TenantStatus
from tenants.models import Membership, Session, Tenant, User
from tenants.selectors import directory
from tenants.tokens.access import verify_access
from tests.factories import short
from tests.factories.people import PASSWORD
from tests.factories.sessions import signed_in

URL = "/api/v1/auth/token"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, role="admin", email="ada@example.org")


@pytest.fixture
def sign_in(anonymous_api):
    """`sign_in(host=None, tenant=None, **body)`: the answer to one attempt."""

    def attempt(*, host=None, x_tenant=None, **body):
        client = anonymous_api(host=host)
        headers = {"X-Tenant": x_tenant} if x_tenant is not None else {}
        return client.post(URL, {"email": "ada@example.org", "password": PASSWORD, **body}, headers=headers)

    return attempt


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def suspend(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.SUSPENDED)
    directory.forget()


def test_a_person_signs_in_to_their_only_organisation(ada, acme, sign_in) -> None:
    response = sign_in()

    assert response.status_code == 200
    data = response.json()["data"]
    claims = verify_access(data["access"])
    assert set(data) == {"access", "refresh", "expires_in", "user", "tenant", "tenants"}
    assert (claims.user_id, claims.tenant, claims.role) == (ada.pk, "acme", "admin")
    assert data["expires_in"] == 300
    assert data["user"] == {"id": str(ada.pk), "email": "ada@example.org", "name": "", "language": "en"}
    here = {"id": str(acme.pk), "slug": "acme", "name": "Acme", "role": "admin", "status": "active"}
    assert data["tenant"] == here
    assert data["tenants"] == [here]
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    ada.refresh_from_db()
    assert ada.last_login is not None


def test_the_tokens_open_the_api(ada, sign_in, anonymous_api) -> None:
    data = sign_in().json()["data"]

    answer = anonymous_api().get("/api/v1/me", headers={"Authorization": f"Bearer {data['access']}"})

    assert answer.json()["data"]["email"] == "ada@example.org"


def test_the_device_is_noted(ada, anonymous_api) -> None:
    anonymous_api().post(
        URL,
        {"email": "ada@example.org", "password": PASSWORD},
        headers={"User-Agent": "Opera\x07 " + "x" * 999},
        REMOTE_ADDR="192.0.2.9",
    )

    session = Session.objects.get(user=ada)
    assert session.address == "192.0.2.9"
    assert session.user_agent == ("Opera " + "x" * 999)[:300]


# Which organisation.


def test_several_organisations_and_none_named_is_a_conflict_with_the_list(ada, globex, sign_in) -> None:
    Membership.objects.create(user=ada, tenant=globex)

    response = sign_in()

    assert error_of(response) == (409, "tenant_required")
    assert response.json()["error"]["details"]["tenants"] == [
        {"slug": "acme", "name": "Acme", "role": "admin"},
        {"slug": "globex", "name": "Globex", "role": "member"},
    ]
    assert not Session.objects.filter(user=ada).exists()


@pytest.mark.parametrize(
    "given",
    [{"tenant": "globex"}, {"x_tenant": "globex"}, {"host": "globex.testserver"}, {"host": "GLOBEX.testserver:8000"}],
    ids=["body", "header", "host", "host with port"],
)
def test_the_organisation_is_named_by_body_header_or_host(ada, globex, sign_in, given) -> None:
    Membership.objects.create(user=ada, tenant=globex)

    data = sign_in(**given).json()["data"]

    assert data["tenant"]["slug"] == "globex"
    assert verify_access(data["access"]).tenant == "globex"
    assert [tenant["slug"] for tenant in data["tenants"]] == ["acme", "globex"]


@pytest.mark.parametrize(
    "given",
    [
        {"host": "acme.testserver", "tenant": "globex"},
        {"host": "acme.testserver", "x_tenant": "globex"},
        {"x_tenant": "acme", "tenant": "globex"},
        {"host": "globex.testserver"},
        {"tenant": "globex"},
        {"x_tenant": "globex"},
        {"tenant": "nowhere"},
        {"x_tenant": "nowhere"},
        {"x_tenant": "x" * 10_000},
        {"x_tenant": "acme'; --"},
    ],
    ids=short,
)
def test_names_that_disagree_and_organisations_of_others_are_a_mismatch(ada, globex, sign_in, given) -> None:
    response = sign_in(**given)

    assert error_of(response) == (401, "tenant_mismatch")
    assert not Session.objects.filter(user=ada).exists()


def test_an_organisation_of_others_and_a_missing_one_answer_alike(ada, globex, sign_in) -> None:
    theirs, missing = sign_in(tenant="globex").json(), sign_in(tenant="nowhere").json()
    for answer in (theirs, missing):
        answer["error"].pop("request_id")

    assert theirs == missing


def test_a_token_of_another_organisation_beside_the_password_does_not_matter(ada, globex, api) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    client = api(ada, globex)
    client.defaults.pop("HTTP_X_TENANT")

    response = client.post(URL, {"email": ada.email, "password": PASSWORD, "tenant": "acme"})

    assert response.json()["data"]["tenant"]["slug"] == "acme"


def test_a_suspended_organisation_lets_nobody_in(ada, acme, sign_in) -> None:
    suspend(acme)

    for given in ({}, {"tenant": "acme"}, {"x_tenant": "acme"}, {"host": "acme.testserver"}):
        assert error_of(sign_in(**given)) == (403, "tenant_suspended")
    assert not Session.objects.filter(user=ada).exists()


def test_of_two_organisations_the_one_that_is_served_is_taken(ada, acme, globex, sign_in) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    suspend(acme)

    data = sign_in().json()["data"]

    assert data["tenant"]["slug"] == "globex"
    assert [tenant["status"] for tenant in data["tenants"]] == ["suspended", "active"]


def test_an_ended_membership_lets_nobody_in(ada, sign_in) -> None:
    Membership.objects.filter(user=ada).update(is_active=False)

    assert error_of(sign_in()) == (401, "tenant_mismatch")
    assert error_of(sign_in(tenant="acme")) == (401, "tenant_mismatch")


# What strangers learn.


def test_unknown_wrong_and_inactive_answer_alike_and_do_the_same_work(ada, acme, make_person, sign_in, monkeypatch):
    inactive = make_person(acme, email="inactive@example.org")
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    passwordless = make_person(acme, email="passwordless@example.org")
    passwordless.set_unusable_password()
    passwordless.save()
    hashings = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: hashings.append(password) or encode(self, password, salt),
    )
    seen = []
    for email, password in (
        ("ada@example.org", "wrong"),
        ("nobody@example.org", "wrong"),
        ("passwordless@example.org", "wrong"),
        ("inactive@example.org", PASSWORD),
    ):
        hashings.clear()
        with CaptureQueriesContext(connection) as queries:
            response = sign_in(email=email, password=password)
        body = response.json()
        body["error"].pop("request_id")
        seen.append((response.status_code, body, len(hashings), len(queries), response.headers["WWW-Authenticate"]))

    assert seen == [seen[0]] * 4
    assert seen[0][0] == 401
    assert seen[0][1]["error"]["code"] == "authentication_failed"
    assert seen[0][2] == 1


def test_a_wrong_password_does_not_tell_whether_the_organisation_fits(ada, globex, sign_in) -> None:
    assert error_of(sign_in(password="wrong", tenant="globex")) == (401, "authentication_failed")


# Bad input.


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "no-address"}, "email"),
        ({"email": "a" * 290 + "@example.org"}, "email"),
        ({"email": None}, "email"),
        ({"email": ["ada@example.org"]}, "email"),
        ({"password": ""}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": {"$ne": ""}}, "password"),
        ({"tenant": "x" * 64}, "tenant"),
        ({"tenant": ""}, "tenant"),
        ({"mode": "magic"}, "mode"),
        ({"remember": True}, "remember"),
    ],
    ids=short,
)
def test_wrong_fields_are_named(ada, sign_in, body, field) -> None:
    response = sign_in(**body)

    assert error_of(response) == (400, "validation_failed")
    assert list(response.json()["error"]["details"]["fields"]) == [field]


def test_blanks_around_the_email_do_not_matter_and_blanks_in_the_password_do(ada, sign_in) -> None:
    assert sign_in(email=" Ada@Example.ORG  ").status_code == 200
    assert error_of(sign_in(password=f"{PASSWORD} ")) == (401, "authentication_failed")


@pytest.mark.parametrize("email", ["\u0430da@example.org", "ada@ex\u0430mple.org", "ad\u0251@example.org"])
def test_look_alike_letters_are_other_people(ada, sign_in, email) -> None:
    assert sign_in(email=email).status_code in {400, 401}
    assert not Session.objects.exists()


def test_a_form_from_another_site_is_not_read(ada, anonymous_api) -> None:
    response = anonymous_api().post(
        URL,
        "email=ada@example.org&password=x&mode=cookie",
        content_type="application/x-www-form-urlencoded",
    )

    assert error_of(response) == (415, "unsupported_media_type")


def test_an_unknown_host_is_nobodys(ada, sign_in) -> None:
    assert error_of(sign_in(host="elsewhere.example")) == (404, "not_found")


def test_two_sign_ins_are_two_families(ada, acme) -> None:
    first, second = signed_in(ada, acme), signed_in(ada, acme)

    assert first.session.family != second.session.family


def test_refusals_speak_the_callers_language(ada, anonymous_api) -> None:
    response = anonymous_api().post(
        URL, {"email": ada.email, "password": "wrong"}, headers={"Accept-Language": "fr-CH, en;q=0.5"}
    )

    assert response.json()["error"]["message"] == "L\u2019adresse ou le mot de passe est faux."
