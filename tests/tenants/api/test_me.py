"""`/me`, `/me/password` and `/auth/sessions`: people about themselves."""

from uuid import uuid4

import pytest

from tenants.choices import SessionEnd
from tenants.models import Membership, Session, User
from tenants.services.session_refresh import session_refresh
from tests.factories import short
from tests.factories.people import PASSWORD
from tests.factories.sessions import DEVICE, signed_in, stored
from tests.ground.clients import StudioClient

NEW = "a quite different sentence"
SESSIONS = "/api/v1/auth/sessions"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, role="admin", email="ada@example.org")


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def using(pair) -> StudioClient:
    return StudioClient(HTTP_AUTHORIZATION=f"Bearer {pair.access}")


def test_a_person_reads_themselves_here_and_everywhere(ada, acme, globex, api) -> None:
    Membership.objects.create(user=ada, tenant=globex)

    data = api(ada, acme).get("/api/v1/me").json()["data"]

    here = {"id": str(acme.pk), "slug": "acme", "name": "Acme", "role": "admin", "status": "active"}
    there = {"id": str(globex.pk), "slug": "globex", "name": "Globex", "role": "member", "status": "active"}
    assert data == {
        "id": str(ada.pk),
        "email": "ada@example.org",
        "name": "",
        "language": "en",
        "email_verified": False,
        "tenant": here,
        "tenants": [here, there],
    }


def test_a_stranger_reads_nothing(in_acme, anonymous_api) -> None:
    for url in ("/api/v1/me", SESSIONS):
        assert error_of(anonymous_api(in_acme).get(url)) == (401, "authentication_failed")


def test_a_person_changes_name_and_language(ada, acme, api) -> None:
    response = api(ada, acme).patch("/api/v1/me", {"name": "  Ada Lovelace ", "language": "fr"})

    assert response.status_code == 200
    assert response.json()["data"]["name"] == "Ada Lovelace"
    ada.refresh_from_db()
    assert (ada.name, ada.language) == ("Ada Lovelace", "fr")


def test_an_empty_change_changes_nothing(ada, acme, api) -> None:
    assert api(ada, acme).patch("/api/v1/me", {}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"language": "xx"}, "language"),
        ({"name": "x" * 151}, "name"),
        ({"name": None}, "name"),
        ({"email": "other@example.org"}, "email"),
        ({"is_superuser": True}, "is_superuser"),
        ({"password": NEW}, "password"),
    ],
    ids=short,
)
def test_what_a_person_may_not_change_is_named(ada, acme, api, body, field) -> None:
    response = api(ada, acme).patch("/api/v1/me", {"name": "Grace", **body})

    assert error_of(response) == (400, "validation_failed")
    assert list(response.json()["error"]["details"]["fields"]) == [field]
    ada.refresh_from_db()
    assert (ada.name, ada.is_superuser) == ("", False)


# The password.


def test_a_person_changes_their_password_and_the_other_devices_are_signed_out(ada, acme, anonymous_api) -> None:
    here, there = signed_in(ada, acme), signed_in(ada, acme)

    response = using(here).post("/api/v1/me/password", {"current_password": PASSWORD, "new_password": NEW})

    assert (response.status_code, response.content) == (204, b"")
    assert using(here).get("/api/v1/me").status_code == 200
    assert error_of(using(there).get("/api/v1/me")) == (401, "session_revoked")
    credentials = {"email": "ada@example.org", "password": NEW}
    assert anonymous_api().post("/api/v1/auth/token", credentials).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": "x" * 1025}, "new_password"),
        ({"repeat": NEW}, "repeat"),
    ],
    ids=short,
)
def test_a_password_that_does_not_fit_is_refused(ada, acme, body, field) -> None:
    here, there = signed_in(ada, acme), signed_in(ada, acme)

    response = using(here).post("/api/v1/me/password", {"current_password": PASSWORD, "new_password": NEW, **body})

    assert error_of(response) == (400, "validation_failed")
    assert list(response.json()["error"]["details"]["fields"]) == [field]
    assert stored(there).revoked_at is None
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


# Devices.


def test_a_person_sees_their_open_devices_in_every_organisation(ada, acme, globex, make_person) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    signed_in(make_person(acme), acme)
    ended, there, here = signed_in(ada, acme), signed_in(ada, globex), signed_in(ada, acme)
    Session.objects.filter(pk=ended.session.pk).update(
        revoked_at=ended.session.created_at, revoked_reason=SessionEnd.REVOKED
    )

    data = using(here).get(SESSIONS).json()["data"]

    assert [row["id"] for row in data["results"]] == [str(here.session.pk), str(there.session.pk)]
    assert [row["tenant"] for row in data["results"]] == ["acme", "globex"]
    assert [row["current"] for row in data["results"]] == [True, False]
    first = data["results"][0]
    assert set(first) == {
        "id",
        "tenant",
        "user_agent",
        "address",
        "created_at",
        "last_used_at",
        "idle_expires_at",
        "expires_at",
        "current",
    }
    assert (first["user_agent"], first["address"]) == ("Firefox on a desk", "192.0.2.7")
    assert first["created_at"].endswith("Z")


def test_devices_come_in_pages(ada, acme) -> None:
    pairs = [signed_in(ada, acme) for _number in range(3)]
    client = using(pairs[0])

    page = client.get(SESSIONS, {"page_size": 2}).json()["data"]
    rest = client.get(SESSIONS, {"page_size": 2, "cursor": page["next"]}).json()["data"]

    seen = [row["id"] for row in page["results"] + rest["results"]]
    assert seen == [str(pair.session.pk) for pair in reversed(pairs)]


def test_a_person_signs_one_device_out(ada, acme) -> None:
    here, there = signed_in(ada, acme), signed_in(ada, acme)
    assert using(there).get("/api/v1/me").status_code == 200

    response = using(here).delete(f"{SESSIONS}/{there.session.pk}")

    assert (response.status_code, response.content) == (204, b"")
    assert error_of(using(there).get("/api/v1/me")) == (401, "session_revoked")
    assert using(here).get("/api/v1/me").status_code == 200


def test_the_device_of_somebody_else_is_as_one_that_does_not_exist(ada, acme, make_person) -> None:
    here, theirs = signed_in(ada, acme), signed_in(make_person(acme), acme)
    request_id = {"X-Request-ID": str(uuid4())}

    foreign = using(here).delete(f"{SESSIONS}/{theirs.session.pk}", headers=request_id)
    missing = using(here).delete(f"{SESSIONS}/{uuid4()}", headers=request_id)

    assert error_of(foreign) == (404, "not_found")
    assert foreign.content == missing.content
    assert stored(theirs).revoked_at is None


@pytest.mark.parametrize(
    ("body", "revoked", "stays"), [({}, 3, False), ({"keep_current": True}, 2, True)], ids=["all", "all others"]
)
def test_a_person_signs_all_devices_out(ada, acme, make_person, body, revoked, stays) -> None:
    here, _second, _third = (signed_in(ada, acme) for _number in range(3))
    stranger = signed_in(make_person(acme), acme)

    response = using(here).post(f"{SESSIONS}/revoke-all", body)

    assert response.json()["data"] == {"revoked": revoked}
    assert (using(here).get("/api/v1/me").status_code == 200) is stays
    assert Session.objects.filter(user=ada, revoked_at__isnull=True).count() == int(stays)
    assert stored(stranger).revoked_at is None


def test_a_refresh_moves_the_devices_last_use(ada, acme) -> None:
    pair = signed_in(ada, acme)
    Session.objects.filter(pk=pair.session.pk).update(last_used_at="2026-01-01T00:00Z")

    fresh = session_refresh(refresh=pair.refresh, device=DEVICE)

    assert not using(fresh).get(SESSIONS).json()["data"]["results"][0]["last_used_at"].startswith("2026-01-01")


# Browsers on an organisation's host.


@pytest.fixture
def browser(ada) -> StudioClient:
    """Signed in by Django's own session."""
    client = StudioClient(enforce_csrf_checks=True, HTTP_HOST="acme.testserver")
    client.force_login(ada)
    return client


def test_a_browsers_session_counts_on_the_organisations_host(browser) -> None:
    assert browser.get("/api/v1/me").json()["data"]["tenant"]["slug"] == "acme"


def test_a_browsers_session_counts_only_where_the_person_belongs(browser, globex) -> None:
    response = browser.get("/api/v1/me", headers={"Host": "globex.testserver"})

    assert error_of(response) == (401, "authentication_failed")


def test_a_browsers_session_writes_only_with_the_csrf_token(browser, ada) -> None:
    assert error_of(browser.patch("/api/v1/me", {"name": "Mallory"})) == (403, "permission_denied")
    ada.refresh_from_db()
    assert ada.name == ""


def test_a_browsers_session_ends_with_the_person(browser, ada) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert error_of(browser.get("/api/v1/me")) == (401, "authentication_failed")


def test_a_browser_stays_signed_in_when_its_person_changes_the_password(browser, ada, acme) -> None:
    elsewhere = signed_in(ada, acme)
    browser.handler.enforce_csrf_checks = False

    response = browser.post("/api/v1/me/password", {"current_password": PASSWORD, "new_password": NEW})

    assert response.status_code == 204
    assert browser.get("/api/v1/me").status_code == 200
    assert stored(elsewhere).revoked_reason == SessionEnd.PASSWORD


def test_an_operator_reads_themselves_on_the_platform(in_acme, make_person) -> None:
    operator = make_person(None)
    User.objects.filter(pk=operator.pk).update(is_superuser=True)
    client = StudioClient(HTTP_HOST="testserver")
    client.force_login(operator)

    data = client.get("/api/v1/me").json()["data"]

    assert (data["id"], data["tenant"], data["tenants"]) == (str(operator.pk), None, [])
