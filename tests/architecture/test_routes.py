"""Every route of the URL map: it answers with the envelope, to whoever asks and however."""

import re

import pytest
from rest_framework.views import APIView

from config.kernel.api.routes import routes
from config.kernel.api.views import ApiView
from tests.config.kernel.test_envelope import refused

SAMPLES = {"uuid": "0191e5a0-1111-7222-8333-944455556666", "int": "1", "slug": "a", "str": "a", "path": "a"}
METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENT = {"api/schema", "api/docs"}

API = [(route, view) for route, view in routes() if isinstance(view, type) and issubclass(view, APIView)]
CALLS = [(method, route) for route, view in API if route not in DOCUMENT for method in METHODS if hasattr(view, method)]
UNKNOWN = [
    (method, route) for route, view in API if route not in DOCUMENT for method in METHODS if not hasattr(view, method)
]


def address(route):
    """The route with something in every place."""
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], route)


def enveloped(response):
    if response.status_code in {204, 304}:
        assert response.content == b""
        return
    assert response["Content-Type"] == "application/json", response.content[:200]
    body = response.json()
    assert set(body) == {"success", "data", "error"}
    assert body["success"] is (response.status_code < 400)


def test_there_are_routes():
    assert len(CALLS) > 40


def test_every_view_of_the_api_derives_from_ours():
    assert [route for route, view in API if route not in DOCUMENT and not issubclass(view, ApiView)] == []


def test_no_route_of_the_api_ends_with_a_slash():
    assert [route for route, _view in API if route.endswith("/") and route != "api/v1/"] == []


@pytest.mark.parametrize(("method", "route"), CALLS)
def test_stranger_is_answered_with_the_envelope(in_acme, anonymous_api, method, route):
    response = getattr(anonymous_api(in_acme), method)(address(route))
    if route != "metrics":
        enveloped(response)
    assert response.status_code < 500 or route == "health/detailed"


@pytest.mark.parametrize(("method", "route"), CALLS)
def test_member_is_answered_with_the_envelope(in_acme, api, make_person, method, route):
    response = getattr(api(make_person(in_acme), in_acme), method)(address(route), {"nonsense": [1]})
    if route != "metrics":
        enveloped(response)
    assert response.status_code < 500 or route == "health/detailed"


@pytest.mark.parametrize(("method", "route"), [call for call in CALLS if call[0] in {"post", "put", "patch"}])
def test_body_that_is_no_json_is_refused(in_acme, api, make_person, method, route):
    client = api(make_person(in_acme), in_acme)
    response = client.generic(method.upper(), address(route), b"{", content_type="application/json")
    enveloped(response)
    assert response.status_code < 500


@pytest.mark.parametrize(("method", "route"), UNKNOWN)
def test_unknown_method_is_refused(in_acme, api, make_person, method, route):
    response = getattr(api(make_person(in_acme), in_acme), method)(address(route))
    refused(response, 405, "method_not_allowed")


@pytest.mark.parametrize(("method", "route"), [call for call in CALLS if "<" in call[1]])
def test_missing_thing_is_not_found(in_acme, api, make_person, method, route):
    """Whatever lives under an id nobody has is not there; a body may be found wrong before."""
    response = getattr(api(make_person(in_acme, role="admin"), in_acme), method)(address(route), {}, HTTP_IF_MATCH='"x.1"')
    assert response.status_code in ({404} if method in {"get", "delete"} else {400, 404}), response.content
    enveloped(response)
