"""Limits as clients meet them: headers, 429, whom a request is counted for, and a Valkey that is away."""

import pytest
from prometheus_client import REGISTRY

from config.kernel.limits.store import _store, store
from tests.factories.sessions import signed_in as session_of
from tests.support.valkey_server import ValkeyServer

PROJECTS = "/api/v1/projects"
REFRESH = "/api/v1/auth/token/refresh"
SIGN_IN = "/api/v1/auth/token"


@pytest.fixture
def ada(in_acme, make_person):
    return make_person(in_acme, email="ada@example.org")


@pytest.fixture
def own_server(tmp_path, settings):
    """A Valkey of the test's own as the counters' server."""
    server = ValkeyServer(tmp_path)
    server.start()
    settings.RATE_LIMIT_REDIS_URL = server.url
    _store.cache_clear()
    yield server
    server.stop()
    _store.cache_clear()


def code_of(response):
    return response.json()["error"]["code"]


def test_every_answer_of_a_limited_route_tells_what_is_left(limits, api, ada, acme):
    limits(person="5/60")
    client = api(ada, acme)

    first, second = client.get(PROJECTS), client.get(f"{PROJECTS}/not-a-uuid-at-all")
    third = client.get(f"{PROJECTS}/01a1f961-8ca8-75bc-bb70-b6c36ab503dd")

    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("5", "4")
    assert first.headers["RateLimit-Reset"] == "12"
    assert "Retry-After" not in first.headers
    assert "RateLimit-Limit" not in second.headers  # no such route: nothing was counted
    assert (third.status_code, third.headers["RateLimit-Remaining"]) == (404, "3")


def test_over_the_limit_is_429_with_when_to_come_back(limits, api, ada, acme):
    limits(person="1/60")
    client = api(ada, acme)
    client.get(PROJECTS)

    response = client.get(PROJECTS)

    assert (response.status_code, code_of(response)) == (429, "rate_limited")
    assert 58 <= int(response.headers["Retry-After"]) <= 60
    assert response.headers["RateLimit-Remaining"] == "0"
    assert response.headers["RateLimit-Limit"] == "1"
    assert response.json()["error"]["details"] == {"retry_after": int(response.headers["Retry-After"])}


def test_people_behind_one_address_have_buckets_of_their_own(limits, api, ada, in_acme, acme, make_person):
    limits(person="1/60")
    bob = make_person(in_acme)
    assert api(ada, acme).get(PROJECTS).status_code == 200

    assert api(bob, acme).get(PROJECTS).status_code == 200
    assert api(ada, acme).get(PROJECTS).status_code == 429


def test_the_same_person_elsewhere_is_counted_apart(limits, api, ada, acme, globex, make_person):
    limits(person="1/60", address="1/60", organisation="1/60")
    make_person(globex, email="eve@example.org")
    from_globex = make_person(globex)
    assert api(ada, acme).get(PROJECTS).status_code == 200
    assert api(ada, acme).get(PROJECTS).status_code == 429

    assert api(from_globex, globex).get(PROJECTS).status_code == 200


def test_reading_is_not_counted_as_writing(limits, api, ada, acme):
    limits(writes="1/60")
    client = api(ada, acme)
    assert [client.get(PROJECTS).status_code for _ in range(3)] == [200] * 3
    assert client.post(PROJECTS, {"nonsense": 1}).status_code == 400
    assert client.post(PROJECTS, {"nonsense": 1}).status_code == 429


def test_failed_authentication_is_counted_by_address(limits, anonymous_api, in_acme):
    limits(address="3/60")
    client = anonymous_api(in_acme)

    statuses = [client.get(PROJECTS, headers={"Authorization": "Bearer forged"}).status_code for _ in range(5)]

    assert statuses == [401, 401, 401, 429, 429]


def test_a_forged_address_does_not_escape(limits, anonymous_api, in_acme):
    limits(address="2/60")
    client = anonymous_api(in_acme)

    statuses = [client.get(PROJECTS, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(4)]

    assert statuses == [401, 401, 429, 429]


def test_health_is_not_limited(limits, anonymous_api):
    limits(address="1/60")
    responses = [anonymous_api().get("/health") for _ in range(5)]
    assert {response.status_code for response in responses} == {200}
    assert "RateLimit-Limit" not in responses[0].headers


def test_while_valkey_is_away_sign_in_and_refresh_refuse_and_the_rest_goes_on(
    limits, own_server, api, anonymous_api, ada, acme, wait_until
):
    limits()
    client, refresh = api(ada, acme), session_of(ada, acme).refresh
    own_server.stop()

    assert client.get(PROJECTS).status_code == 200
    tried = anonymous_api().post(SIGN_IN, {"email": "ada@example.org", "password": "correct horse battery staple"})
    kept = anonymous_api().post(REFRESH, {"refresh": refresh})
    form = anonymous_api(host="acme.testserver").post(
        "/api-auth/login/", {"username": "ada@example.org", "password": "x"}, format="multipart"
    )

    assert [(answer.status_code, code_of(answer)) for answer in (tried, kept)] == [(503, "degraded")] * 2
    assert form.status_code == 503
    counted = REGISTRY.get_sample_value("studio_rate_limit_uncounted_total", {"group": "refresh", "outcome": "refused"})
    assert counted >= 1
    part = (
        anonymous_api().get("/health/detailed", REMOTE_ADDR="127.0.0.1").json()["error"]["details"]["parts"]["limits"]
    )
    assert part["status"] == "failed"
    assert part["refusing"] == ["password", "refresh", "sign_in"]

    own_server.start()
    wait_until(lambda: client.get(PROJECTS).headers.get("RateLimit-Limit"), deadline_seconds=10)
    assert not store().breaker.is_open
    assert anonymous_api().post(REFRESH, {"refresh": refresh}).status_code == 200
