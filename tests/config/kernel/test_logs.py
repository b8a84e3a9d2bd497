"""Logs: one JSON line for each request with the ids of what it was about, and never a secret."""

import logging

import orjson
import pytest
import structlog

from config.kernel.context import Actor, Context, use_context
from config.kernel.logs import HIDDEN, formatter, hide_secrets
from tests.factories.people import PASSWORD

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"


class Lines(logging.Handler):
    """Keeps what the studio's formatter makes of every record."""

    def __init__(self):
        super().__init__()
        self.setFormatter(formatter("json"))
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))

    def events(self, name):
        return [event for event in map(orjson.loads, self.texts) if event.get("event") == name]


@pytest.fixture
def lines():
    handler, root = Lines(), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def test_request_is_one_line_with_its_ids(in_acme, api, make_person, lines):
    person = make_person(in_acme)
    response = api(person, in_acme).get("/api/v1/projects?search=private")
    (event,) = lines.events("request")
    assert event["request_id"] == response["X-Request-ID"]
    assert (event["tenant"], event["actor"]) == ("acme", str(person.pk))
    assert (event["method"], event["path"], event["status"]) == ("GET", "/api/v1/projects", 200)
    assert (event["route"], event["logger"], event["level"]) == ("api/v1/projects", "studio.request", "info")
    assert event["ms"] > 0
    assert event["time"].endswith("Z")
    assert "private" not in "".join(lines.texts)


def test_ids_of_one_request_do_not_stay_for_the_next(in_acme, api, make_person, anonymous_api, lines):
    api(make_person(in_acme), in_acme).get("/api/v1/projects")
    anonymous_api().get("/health")
    first, second = lines.events("request")
    assert first["request_id"] != second["request_id"]
    assert "actor" not in second
    assert "tenant" not in second


def test_line_names_job_and_project(lines):
    job, project = "0191e5a0-1111-7222-8333-944455556666", "0191e5a0-1111-7222-8333-944455557777"
    context = Context(job_id=job, project_id=project, schema="org_1", actor=Actor(user_id=project))
    with use_context(context):
        structlog.get_logger("studio.job").warning("job_event", attempt=2)
    (event,) = lines.events("job_event")
    assert (event["job_id"], event["project_id"], event["tenant"], event["attempt"]) == (job, project, "org_1", 2)


def test_line_outside_of_any_request_names_none(lines):
    logging.getLogger("celery.worker").warning("ready")
    (event,) = lines.events("ready")
    assert set(event) == {"event", "level", "logger", "time"}


def test_line_of_a_library_has_the_same_form(lines):
    with use_context(Context(tenant_slug="acme")):
        logging.getLogger("celery.worker").warning("Received %s", "something")
    (event,) = lines.events("Received something")
    assert (event["tenant"], event["logger"], event["level"]) == ("acme", "celery.worker", "warning")


def test_signing_in_logs_neither_password_nor_token(in_acme, anonymous_api, make_person, lines):
    make_person(in_acme, email="ada@example.org")
    client = anonymous_api(in_acme)
    body = {"email": "ada@example.org", "password": PASSWORD}
    tokens = client.post("/api/v1/auth/token", body).json()["data"]
    client.post("/api/v1/auth/token/refresh", {"refresh": tokens["refresh"]})
    client.get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    client.get(f"/api/v1/me?token={tokens['access']}")
    client.get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {tokens['access']}x")
    text = "".join(lines.texts)
    assert len(lines.events("request")) == 5
    for secret in (PASSWORD, tokens["access"], tokens["refresh"]):
        assert secret not in text


@pytest.mark.parametrize("name", ["password", "token", "api_key", "authorization", "refresh"])
def test_value_under_a_telling_name_is_hidden(lines, name):
    structlog.get_logger("studio.test").warning("named", **{name: "hush-hush"}, other="shown")
    (event,) = lines.events("named")
    assert (event[name], event["other"]) == (HIDDEN, "shown")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer [hidden]"),
        (f"got {TOKEN} from", "got [hidden] from"),
        ("Bearer opaque-token", "Bearer [hidden]"),
        ("redis://:hush-hush@127.0.0.1:6379/0", "redis://[hidden]@127.0.0.1:6379/0"),
        ("postgres://studio:hush-hush@db/x", "postgres://[hidden]@db/x"),
        ("key sk-abcdef0123456789", "key sk-[hidden]"),
        ("?a=1&token=hush-hush&b=2", "?a=1&token=[hidden]&b=2"),
        ("password=hush-hush", "password=[hidden]"),
        ("http://studio.example/a:b", "http://studio.example/a:b"),
        ("the bearer of bad news", "the bearer of bad news"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text, kept):
    assert hide_secrets(text) == kept


def test_secret_in_a_trace_of_a_library_is_hidden(lines):
    try:
        raise ConnectionError("can't reach redis://:hush-hush@127.0.0.1:1/0")
    except ConnectionError:
        logging.getLogger("some.library").exception("failed")
    (event,) = lines.events("failed")
    assert "ConnectionError" in event["exception"]
    assert "hush-hush" not in "".join(lines.texts)
