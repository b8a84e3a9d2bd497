"""`POST /auth/token/refresh` and `/auth/token/revoke`: for clients that hold the token, and for browsers."""

from http.cookies import Morsel

import pytest

from tenants.choices import SessionEnd, TenantStatus
from tenants.models import Session, Tenant, User
from tenants.selectors import directory
from tenants.tokens.access import verify_access
from tests.factories import short
from tests.factories.people import PASSWORD
from tests.factories.sessions import signed_in, stored
from tests.ground.clients import StudioClient

SIGN_IN, REFRESH, REVOKE = "/api/v1/auth/token", "/api/v1/auth/token/refresh", "/api/v1/auth/token/revoke"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme)


@pytest.fixture
def pair(ada, acme):
    return signed_in(ada, acme)


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


# Clients that hold the token.


def test_a_client_refreshes(pair, anonymous_api) -> None:
    response = anonymous_api().post(REFRESH, {"refresh": pair.refresh})

    data = response.json()["data"]
    assert response.status_code == 200
    assert set(data) == {"access", "refresh", "expires_in"}
    assert data["refresh"] != pair.refresh
    assert verify_access(data["access"]).session_id == pair.session.pk
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_a_lost_answer_comes_again_byte_for_byte(pair, anonymous_api) -> None:
    first, second = (anonymous_api().post(REFRESH, {"refresh": pair.refresh}) for _try in range(2))

    assert first.status_code == 200
    assert first.content == second.content


def test_an_expired_access_token_beside_it_does_not_matter(pair, anonymous_api) -> None:
    response = anonymous_api().post(
        REFRESH, {"refresh": pair.refresh}, headers={"Authorization": "Bearer of.old.times"}
    )

    assert response.status_code == 200


def test_a_replay_closes_the_session_for_refresh_and_access_tokens(pair, anonymous_api) -> None:
    client = anonymous_api()
    second = client.post(REFRESH, {"refresh": pair.refresh}).json()["data"]
    third = client.post(REFRESH, {"refresh": second["refresh"]}).json()["data"]
    bearer = {"Authorization": f"Bearer {third['access']}"}
    assert client.get("/api/v1/me", headers=bearer).status_code == 200

    replay = client.post(REFRESH, {"refresh": pair.refresh})

    assert error_of(replay) == (401, "token_reused")
    assert error_of(client.post(REFRESH, {"refresh": third["refresh"]})) == (401, "token_reused")
    assert error_of(client.get("/api/v1/me", headers=bearer)) == (401, "token_reused")


def test_a_replay_is_remembered_although_its_request_failed(
    fresh_tenant, make_person, anonymous_api, run_threads
) -> None:
    tenant = fresh_tenant()
    pair, client = signed_in(make_person(tenant), tenant), anonymous_api()
    token = pair.refresh
    for _round in range(2):
        token = client.post(REFRESH, {"refresh": token}).json()["data"]["refresh"]

    assert error_of(client.post(REFRESH, {"refresh": pair.refresh})) == (401, "token_reused")

    [seen_elsewhere] = run_threads(1, lambda _index: (stored(pair).revoked_reason, stored(pair).notice_due))
    assert seen_elsewhere == (SessionEnd.REUSED, True)


@pytest.mark.parametrize(
    "given", [{"host": "globex.testserver"}, {"x_tenant": "globex"}, {"x_tenant": "nowhere"}], ids=short
)
def test_another_organisations_address_refuses(pair, globex, anonymous_api, given) -> None:
    client = anonymous_api(host=given.get("host"))
    headers = {"X-Tenant": given["x_tenant"]} if "x_tenant" in given else {}

    response = client.post(REFRESH, {"refresh": pair.refresh}, headers=headers)

    assert error_of(response) == (401, "tenant_mismatch")
    assert stored(pair).generation == 0


@pytest.mark.parametrize("given", [{"host": "acme.testserver"}, {"x_tenant": "acme"}, {}], ids=short)
def test_its_own_organisations_address_and_the_platform_serve(pair, anonymous_api, given) -> None:
    client = anonymous_api(host=given.get("host"))
    headers = {"X-Tenant": given["x_tenant"]} if "x_tenant" in given else {}

    assert client.post(REFRESH, {"refresh": pair.refresh}, headers=headers).status_code == 200


def test_a_suspended_organisation_refuses_and_spends_nothing(pair, acme, anonymous_api) -> None:
    Tenant.objects.filter(pk=acme.pk).update(status=TenantStatus.SUSPENDED)
    directory.forget()

    assert error_of(anonymous_api().post(REFRESH, {"refresh": pair.refresh})) == (403, "tenant_suspended")
    assert stored(pair).generation == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 401, "authentication_failed"),
        ({"refresh": "x"}, 401, "token_invalid"),
        ({"refresh": "nfr_" + "A" * 92}, 401, "token_invalid"),
        ({"refresh": "x" * 100_000}, 400, "validation_failed"),
        ({"refresh": ""}, 400, "validation_failed"),
        ({"refresh": None}, 400, "validation_failed"),
        ({"refresh": ["x"]}, 400, "validation_failed"),
        ({"refresh": {"a": 1}}, 400, "validation_failed"),
        ({"token": "x"}, 400, "validation_failed"),
        ([], 400, "malformed"),
    ],
    ids=short,
)
@pytest.mark.parametrize("url", [REFRESH, REVOKE])
def test_wrong_bodies_have_clear_codes(in_acme, anonymous_api, url, body, status, code) -> None:
    response = anonymous_api().post(url, body)

    if (url, code) == (REVOKE, "token_invalid"):
        assert response.status_code == 204
    else:
        assert error_of(response) == (status, code)


def test_an_access_token_is_no_refresh_token(pair, anonymous_api) -> None:
    response = anonymous_api().post(REFRESH, {"refresh": pair.access})

    assert response.status_code in {400, 401}
    assert stored(pair).generation == 0


def test_a_refresh_token_is_no_access_token(pair, anonymous_api) -> None:
    response = anonymous_api().get("/api/v1/me", headers={"Authorization": f"Bearer {pair.refresh}"})

    assert error_of(response) == (401, "token_invalid")


def test_a_client_signs_out(pair, anonymous_api) -> None:
    client = anonymous_api()
    bearer = {"Authorization": f"Bearer {pair.access}"}
    assert client.get("/api/v1/me", headers=bearer).status_code == 200

    response = client.post(REVOKE, {"refresh": pair.refresh})

    assert (response.status_code, response.content) == (204, b"")
    assert stored(pair).revoked_reason == SessionEnd.SIGNED_OUT
    assert error_of(client.post(REFRESH, {"refresh": pair.refresh})) == (401, "session_revoked")
    assert error_of(client.get("/api/v1/me", headers=bearer)) == (401, "session_revoked")
    assert client.post(REVOKE, {"refresh": pair.refresh}).status_code == 204


# Browsers.


@pytest.fixture
def browser(ada) -> StudioClient:
    """A browser that signed in with `mode: cookie`; it checks CSRF as a real one meets it."""
    client = StudioClient(enforce_csrf_checks=True, HTTP_HOST="acme.testserver")
    answer = client.post(SIGN_IN, {"email": ada.email, "password": PASSWORD, "mode": "cookie"})
    assert answer.status_code == 200
    assert answer.json()["data"]["refresh"] is None
    return client


def csrf(browser: StudioClient) -> dict[str, str]:
    return {"X-CSRFToken": browser.cookies["csrftoken"].value}


def kept(browser: StudioClient) -> Morsel:
    return browser.cookies["novella_refresh"]


def test_the_cookie_is_out_of_reach_of_scripts_and_of_every_other_address(browser) -> None:
    cookie = kept(browser)

    assert cookie.value.startswith("nfr_")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert cookie["path"] == "/api/v1/auth/token/"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) > 86400
    assert not browser.cookies["csrftoken"]["httponly"]


def test_the_cookie_is_for_https_alone_where_the_studio_is(ada, settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client = StudioClient(HTTP_HOST="acme.testserver")

    client.post(SIGN_IN, {"email": ada.email, "password": PASSWORD, "mode": "cookie"})

    assert kept(client)["secure"]


def test_a_browser_refreshes_with_its_cookie_and_the_csrf_token(browser) -> None:
    before = kept(browser).value

    response = browser.post(REFRESH, headers=csrf(browser))

    assert response.status_code == 200
    assert response.json()["data"]["refresh"] is None
    assert kept(browser).value != before
    assert (kept(browser)["httponly"], kept(browser)["samesite"]) == (True, "Strict")
    assert browser.post(REFRESH, {}, headers=csrf(browser)).status_code == 200


@pytest.mark.parametrize("url", [REFRESH, REVOKE])
@pytest.mark.parametrize(
    "headers",
    [{}, {"X-CSRFToken": "x" * 32}, {"Origin": "https://elsewhere.example"}],
    ids=["no token", "wrong token", "another site"],
)
def test_a_cookie_without_the_proof_of_its_page_is_refused(browser, ada, url, headers) -> None:
    if "Origin" in headers:
        headers = {**csrf(browser), **headers}

    response = browser.post(url, headers=headers)

    assert error_of(response) == (403, "permission_denied")
    session = Session.objects.get(user=ada)
    assert (session.generation, session.revoked_at) == (0, None)


def test_a_browser_signs_out_and_loses_the_cookie(browser, ada) -> None:
    response = browser.post(REVOKE, headers=csrf(browser))

    assert response.status_code == 204
    assert Session.objects.get(user=ada).revoked_reason == SessionEnd.SIGNED_OUT
    assert (kept(browser).value, kept(browser)["max-age"]) == ("", 0)
    assert kept(browser)["path"] == "/api/v1/auth/token/"


def test_a_token_in_the_body_goes_before_the_cookie(browser, pair) -> None:
    response = browser.post(REFRESH, {"refresh": pair.refresh})

    assert response.json()["data"]["refresh"].startswith("nfr_")
    assert stored(pair).generation == 1


def test_switching_in_cookie_mode_moves_the_cookie(ada, acme, globex, api) -> None:
    ada.memberships.create(tenant=globex)

    response = api(ada, acme).post("/api/v1/auth/switch", {"tenant": "globex", "mode": "cookie"})

    assert response.json()["data"]["refresh"] is None
    assert response.cookies["novella_refresh"].value.startswith("nfr_")
