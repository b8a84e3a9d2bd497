"""Every route of the URL map: it answers with the envelope, to whoever asks and however."""

import re

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


def answers(client, calls, **options):
    """Each call with its answer."""
    for method, route in calls:
        yield f"{method} {route}", getattr(client, method)(address(route), **options)


def faults(found):
    """The calls that were not answered with the envelope, or with a fault of ours."""
    wrong = []
    for call, response in found:
        if call.endswith((" metrics", " health/detailed")):
            continue
        try:
            assert response.status_code < 500
            enveloped(response)
        except AssertionError:
            wrong.append(f"{call}: {response.status_code} {response.content[:200]!r}")
    return wrong


def test_stranger_is_answered_with_the_envelope(in_acme, anonymous_api):
    assert faults(answers(anonymous_api(in_acme), CALLS)) == []


def test_member_is_answered_with_the_envelope(in_acme, api, make_person):
    member = api(make_person(in_acme), in_acme)
    assert faults(answers(member, CALLS, data={"nonsense": [1]})) == []


def test_body_that_is_no_json_is_refused(in_acme, api, make_person):
    member = api(make_person(in_acme), in_acme)
    writing = [call for call in CALLS if call[0] in {"post", "put", "patch"}]
    found = [
        (route, member.generic(method.upper(), address(route), b"{", content_type="application/json"))
        for method, route in writing
    ]
    assert faults(found) == []
    assert {response.status_code for _call, response in found} <= {400, 401, 403, 404, 409, 415, 428, 429}


def test_unknown_method_is_refused(in_acme, api, make_person):
    member = api(make_person(in_acme), in_acme)
    found = list(answers(member, UNKNOWN))
    assert found
    for _call, response in found:
        refused(response, 405, "method_not_allowed")


def test_missing_thing_is_not_found(in_acme, api, make_person):
    """Whatever lives under an id nobody has is not there; a body may be found wrong before."""
    admin = api(make_person(in_acme, role="admin"), in_acme)
    below = [call for call in CALLS if "<" in call[1]]
    found = list(answers(admin, below, data={}, HTTP_IF_MATCH='"x.1"'))
    assert faults(found) == []
    reading = {call: response.status_code for call, response in found if call.startswith(("get", "delete"))}
    assert {call: status for call, status in reading.items() if status != 404} == {}
    assert {response.status_code for _call, response in found} <= {400, 404}
