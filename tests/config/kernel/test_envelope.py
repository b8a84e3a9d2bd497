"""Every JSON answer is the envelope, whoever gives it: a view, a middleware, Django's own handlers."""

import logging
from uuid import UUID

import pytest

pytestmark = [pytest.mark.urls("tests.config.kernel.play.urls"), pytest.mark.django_db]

PAGE = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}

FAULTS = {
    "fault": (500, "internal_error"),
    "missing": (404, "not_found"),
    "forbidden": (403, "permission_denied"),
    "suspicious": (400, "malformed"),
    "invalid": (400, "validation_failed"),
    "invalid-text": (400, "validation_failed"),
    "drf-invalid": (400, "validation_failed"),
    "drf-parse": (400, "malformed"),
    "drf-signin": (401, "authentication_failed"),
    "drf-denied": (403, "permission_denied"),
    "drf-missing": (404, "not_found"),
    "drf-throttled": (429, "rate_limited"),
    "drf-other": (500, "internal_error"),
    "locked": (423, "locked"),
    "limited": (429, "rate_limited"),
    "data": (400, "malformed"),
    "away": (503, "degraded"),
    "unreachable": (503, "degraded"),
    "closed": (503, "degraded"),
    "deadlock": (500, "internal_error"),
}


def refused(response, status, code):
    """The answer is a failed envelope with this status and code; returns its error."""
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"success", "data", "error"}
    assert (body["success"], body["data"], body["error"]["code"]) == (False, None, code)
    assert set(body["error"]) == {"code", "message", "details", "request_id"}
    assert body["error"]["message"]
    assert body["error"]["request_id"] == response["X-Request-ID"]
    return body["error"]


@pytest.mark.parametrize("prefix", ["/api/v1/play", "/plain"])
@pytest.mark.parametrize("fault", FAULTS)
def test_exception_of_a_view_becomes_its_envelope(anonymous_api, prefix, fault):
    status, code = FAULTS[fault]
    refused(anonymous_api().get(f"{prefix}/fails/{fault}"), status, code)


def test_success_is_wrapped(anonymous_api):
    response = anonymous_api().get("/api/v1/play/echo?a=1")
    assert response.json() == {"success": True, "data": {"query": {"a": "1"}}, "error": None}


def test_no_content_has_no_body(anonymous_api):
    response = anonymous_api().delete("/api/v1/play/echo")
    assert (response.status_code, response.content) == (204, b"")


def test_fault_shows_nothing_of_its_cause_and_logs_it(anonymous_api, caplog):
    with caplog.at_level(logging.ERROR, "studio.errors"):
        response = anonymous_api().get("/api/v1/play/fails/fault")
    assert b"secret-of-the-house" not in response.content
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "secret-of-the-house" in str(caplog.records[0].exc_info or caplog.records[0].msg["exc_info"])


def test_answer_without_a_json_form_is_a_fault(anonymous_api):
    refused(anonymous_api().get("/api/v1/play/unwritable"), 500, "internal_error")


def test_unknown_route_is_not_found(anonymous_api):
    refused(anonymous_api().get("/api/v1/nowhere"), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "trace"])
def test_unknown_method_names_the_known_ones(anonymous_api, method):
    response = getattr(anonymous_api(), method)("/api/v1/play/echo")
    refused(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, DELETE, HEAD, OPTIONS"


def test_unknown_media_type_is_unsupported(anonymous_api):
    response = anonymous_api().generic("POST", "/api/v1/play/echo", "<a/>", content_type="application/xml")
    refused(response, 415, "unsupported_media_type")


def test_unknown_format_is_not_acceptable(anonymous_api):
    response = anonymous_api().get("/api/v1/play/echo", HTTP_ACCEPT="application/pdf")
    refused(response, 406, "not_acceptable")


def test_stranger_is_told_to_sign_in(anonymous_api, acme):
    response = anonymous_api(acme).get("/api/v1/play/signed")
    refused(response, 401, "authentication_failed")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_unknown_organisation_is_not_found(anonymous_api):
    refused(anonymous_api(host="nobody.testserver").get("/api/v1/play/echo"), 404, "not_found")


@pytest.mark.parametrize("host", ["bad host", "a_b.testserver:99x", "[::1", ""])
def test_malformed_host_is_malformed(anonymous_api, host):
    refused(anonymous_api().get("/api/v1/play/echo", HTTP_HOST=host), 400, "malformed")


def test_form_without_csrf_token_is_refused(anonymous_api):
    client = anonymous_api()
    client.handler.enforce_csrf_checks = True
    error = refused(client.post("/plain/form", {"name": "a"}, format="multipart"), 403, "permission_denied")
    assert "CSRF" in error["details"]["reason"]


def test_fault_of_a_middleware_is_wrapped(anonymous_api, monkeypatch):
    def broken(self, request):
        raise RuntimeError("secret-of-the-house")

    monkeypatch.setattr("tenants.api.middleware.TenantMiddleware._resolve", broken)
    client = anonymous_api()
    client.raise_request_exception = False
    refused(client.get("/api/v1/play/echo"), 500, "internal_error")


def test_limit_errors_tell_when_to_come_back(anonymous_api):
    response = anonymous_api().get("/api/v1/play/fails/limited")
    assert (response["Retry-After"], response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("3", "10", "0")


def test_request_id_of_the_caller_is_echoed(anonymous_api):
    given = "0191e5a0-1111-7222-8333-944455556666"
    response = anonymous_api().get("/api/v1/play/echo", HTTP_X_REQUEST_ID=given)
    assert response["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x", "a" * 36, "1" * 5000, "'; DROP TABLE x; --", "\x00" * 36, "é" * 36])
def test_garbage_as_request_id_is_replaced(anonymous_api, given):
    response = anonymous_api().get("/api/v1/play/echo", HTTP_X_REQUEST_ID=given)
    assert response.status_code == 200
    assert UUID(response["X-Request-ID"]).version == 7


@pytest.mark.parametrize(("fault", "status"), [("missing", 404), ("forbidden", 403), ("fault", 500), ("away", 503)])
def test_browser_outside_the_api_gets_a_page(anonymous_api, fault, status):
    response = anonymous_api().get(f"/plain/fails/{fault}", **PAGE)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Request-ID"] in response.content.decode()
    assert b"secret-of-the-house" not in response.content


def test_browser_at_an_unknown_route_gets_a_page(anonymous_api):
    response = anonymous_api().get("/nowhere", **PAGE)
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_browser_inside_the_api_gets_the_envelope(anonymous_api):
    refused(anonymous_api().get("/api/v1/nowhere", **PAGE), 404, "not_found")


def test_page_is_in_the_reader_s_language(anonymous_api):
    response = anonymous_api().get("/nowhere", **PAGE, HTTP_ACCEPT_LANGUAGE="fr")
    assert '<html lang="fr">' in response.content.decode()
