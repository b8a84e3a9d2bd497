"""What browsers are told with every answer, and which origins may call the API."""

import re

import pytest
from django.test import Client

from config.env import Environment
from config.settings import security

PAGES = ["/", "/api-auth/login/", "/admin/login/", "/api/docs", "/api/v1/", "/nowhere"]
HTML = {"HTTP_ACCEPT": "text/html"}
OTHER = "https://write.example.org"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def policy_of(response):
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


@pytest.fixture
def browser(db):
    return Client(headers={"host": "testserver"})


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/api/v1/", 200), ("/api/v1/nowhere", 404), ("/api/v1/projects", 401), ("/health", 200)],
)
def test_every_answer_carries_the_headers(browser, path, status):
    answer = browser.get(path)
    assert answer.status_code == status
    assert {name: answer[name] for name in ALWAYS} == ALWAYS
    assert "camera=()" in answer["Permissions-Policy"]
    policy = policy_of(answer)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert not {"*", "'unsafe-inline'", "'unsafe-eval'", "http:", "https:"} & set(policy["script-src"])


def test_an_error_made_before_any_view_carries_them_too(browser):
    answer = browser.get("/nowhere?a=%ff", **HTML)
    assert answer.status_code == 400
    assert {name: answer[name] for name in ALWAYS} == ALWAYS
    assert policy_of(answer)["default-src"] == ["'none'"]


@pytest.mark.parametrize("path", PAGES)
def test_inline_styles_and_scripts_of_pages_are_named_by_the_policy(browser, path):
    answer = browser.get(path, **HTML)
    text = answer.content.decode()
    assert not re.search(r"<style(?![^>]*nonce=)|\son[a-z]+=\"|javascript:", text)
    inline = re.findall(r"<script(?![^>]*src=)([^>]*)>", text)
    assert all("nonce=" in found or 'type="application/json"' in found for found in inline)
    words = set(re.findall(r'nonce="([^"]*)"', text))
    policy = policy_of(answer)
    named = {f"'nonce-{word}'" for word in words}
    assert "" not in words
    assert set(policy["style-src"]) == set(policy["script-src"]) == {"'self'"} | named


def test_a_page_gets_another_nonce_each_time(browser):
    first, second = (policy_of(browser.get("/", **HTML))["style-src"][1] for _ in range(2))
    assert first.startswith("'nonce-")
    assert first != second


def test_answers_without_inline_parts_have_no_nonce(browser):
    assert "nonce" not in browser.get("/api/v1/")["Content-Security-Policy"]


def test_strict_headers_off_only_report(settings, db):
    settings.CSP_HEADER = security.policy_header(Environment(SECURITY_HEADERS_STRICT=False))
    answer = Client(headers={"host": "testserver"}).get("/")
    assert "Content-Security-Policy" not in answer
    assert answer["Content-Security-Policy-Report-Only"].startswith("default-src 'none'")


def test_production_remembers_https_for_a_year_unless_headers_are_not_strict():
    strict = security.encrypted_only(Environment())
    assert (strict["SECURE_HSTS_SECONDS"], strict["SECURE_HSTS_INCLUDE_SUBDOMAINS"]) == (31_536_000, True)
    loose = security.encrypted_only(Environment(SECURITY_HEADERS_STRICT=False))
    assert (loose["SECURE_HSTS_SECONDS"], loose["SECURE_HSTS_INCLUDE_SUBDOMAINS"]) == (3600, False)
    assert strict["SECURE_SSL_REDIRECT"] is loose["SESSION_COOKIE_SECURE"] is loose["CSRF_COOKIE_SECURE"] is True


@pytest.fixture
def with_origin(settings, db):
    env = Environment(CORS_ALLOWED_ORIGINS=OTHER)
    for name, value in security.security_settings(env).items():
        setattr(settings, name, value)
    inner = [name for name in settings.MIDDLEWARE if name != security.HEADERS_MIDDLEWARE]
    settings.MIDDLEWARE = security.outermost(env, inner)
    return Client(headers={"host": "testserver"})


def _preflight(client, origin, path="/api/v1/projects"):
    return client.options(
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,idempotency-key,x-tenant",
    )


def test_a_listed_origin_may_call_with_a_token_but_not_with_cookies(with_origin):
    answer = _preflight(with_origin, OTHER)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == OTHER
    assert {"authorization", "idempotency-key", "x-tenant"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in answer
    refused = with_origin.get("/api/v1/projects", HTTP_ORIGIN=OTHER)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, OTHER)
    assert "x-request-id" in refused["Access-Control-Expose-Headers"]
    malformed = with_origin.get("/api/v1/projects?a=%ff", HTTP_ORIGIN=OTHER)
    assert (malformed.status_code, malformed["Access-Control-Allow-Origin"]) == (400, OTHER)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{OTHER}.evil.example", "http://write.example.org", "null", f"{OTHER}:444"]
)
def test_other_origins_are_told_nothing(with_origin, origin):
    assert "Access-Control-Allow-Origin" not in _preflight(with_origin, origin)
    assert "Access-Control-Allow-Origin" not in with_origin.get("/api/v1/", HTTP_ORIGIN=origin)


def test_pages_outside_of_the_api_are_closed_to_every_origin(with_origin):
    assert "Access-Control-Allow-Origin" not in with_origin.get("/admin/login/", HTTP_ORIGIN=OTHER)


def test_without_a_list_no_origin_is_answered(browser):
    answer = _preflight(browser, OTHER)
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize("wrong", ["*", "https://*.example.org", "write.example.org", "https://a.example/path", "null"])
def test_origins_that_are_none_stop_the_boot(wrong):
    with pytest.raises(ValueError, match="expected https://host or http://host:port"):
        Environment(CORS_ALLOWED_ORIGINS=wrong)
