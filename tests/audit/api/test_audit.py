"""`GET /audit` and `/audit/export`: who reads the record, and in which forms."""

import csv
import io
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import SecurityEvent
from audit.services.actions import register_actions
from audit.services.events import security_event
from config.kernel.context import Actor

URL = "/api/v1/audit"


@pytest.fixture(autouse=True)
def _registered():
    register_actions("test.happened", "test.also", "other.thing")


@pytest.fixture
def admin(in_acme, make_person, api):
    """A client of an admin of acme."""
    return api(make_person(in_acme, role="admin"), in_acme)


def listed(client, **query):
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return response.json()["data"]["results"]


def test_admin_sees_the_events_of_their_organisation_newest_first(admin, globex):
    security_event(action="test.happened", target_type="project", target_id="p1", target_label="Sea")
    security_event(action="test.also", schema=globex.schema_name)
    security_event(action="other.thing")

    rows = [row for row in listed(admin) if row["action"] in {"test.happened", "test.also", "other.thing"}]
    assert [row["action"] for row in rows] == ["other.thing", "test.happened"]
    assert rows[1]["target"] == {"type": "project", "id": "p1", "label": "Sea"}
    assert rows[1]["outcome"] == "success"


@pytest.mark.parametrize("path", [URL, f"{URL}/export"])
def test_member_is_forbidden_and_stranger_unknown(in_acme, make_person, api, anonymous_api, path):
    response = api(make_person(in_acme), in_acme).get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    assert anonymous_api(in_acme).get(path).status_code == 401


def test_filters_narrow_the_record(admin, in_acme, make_person):
    person = make_person(in_acme)
    security_event(action="test.happened", actor=Actor(user_id=person.pk, label=person.email), target_id="t-1")
    security_event(action="test.also", outcome="failure")
    security_event(action="other.thing")

    assert [row["action"] for row in listed(admin, actor=str(person.pk))] == ["test.happened"]
    assert [row["action"] for row in listed(admin, action="test.")] == ["test.also", "test.happened"]
    assert [row["action"] for row in listed(admin, action="test.also")] == ["test.also"]
    assert [row["action"] for row in listed(admin, target="t-1")] == ["test.happened"]
    assert [row["action"] for row in listed(admin, action="test.", outcome="failure")] == ["test.also"]
    soon = (timezone.now() + timedelta(hours=1)).isoformat()
    assert listed(admin, **{"from": soon}) == []
    assert len(listed(admin, to=soon, action="test.")) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"actor": "ada"}, "actor"),
        ({"action": "test.nonsense"}, "action"),
        ({"action": "x" * 200}, "action"),
        ({"outcome": "won"}, "outcome"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"page_size": "0"}, "page_size"),
    ],
)
@pytest.mark.parametrize("path", [URL, f"{URL}/export"])
def test_wrong_filter_is_named(admin, path, query, field):
    if field == "page_size" and path != URL:
        query, field = {"format": "exe"}, "format"
    response = admin.get(path, query)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")
    assert list(response.json()["error"]["details"]["fields"]) == [field]


def test_pages_hold_every_event_once(admin):
    for _number in range(7):
        security_event(action="test.happened")
    seen, cursor = [], None
    while True:
        query = {"page_size": 3, "action": "test.happened", **({"cursor": cursor} if cursor else {})}
        data = admin.get(URL, query).json()["data"]
        seen += [row["id"] for row in data["results"]]
        cursor = data["next"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


def export(client, **query):
    response = client.get(f"{URL}/export?{urlencode(query)}")
    assert response.status_code == 200, response.content
    assert response.streaming
    return response, b"".join(response.streaming_content)


def test_export_is_an_attachment_that_no_browser_guesses_about(admin):
    for format_, kind in (("csv", "text/csv; charset=utf-8"), ("jsonl", "application/jsonl")):
        response, _body = export(admin, format=format_)
        assert response["Content-Type"] == kind
        assert response["Content-Disposition"].startswith("attachment; filename=")
        assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("label", ["=HYPERLINK(1)", "+1", "-1", "@SUM", "\t=1", "\r=1"])
def test_csv_holds_no_formula(admin, label):
    security_event(action="test.happened", target_label=label, metadata={"a": "=1"})

    _response, body = export(admin, format="csv", action="test.happened")
    (row,) = csv.DictReader(io.StringIO(body.decode(), newline=""))
    assert row["target_label"] == f"'{label}"
    assert json.loads(row["metadata"]) == {"a": "=1"}


def test_json_lines_hold_every_event_in_order_over_many_pages(admin, monkeypatch):
    monkeypatch.setattr("audit.selectors.events.PAGE_ROWS", 3)
    for number in range(10):
        security_event(action="test.happened", metadata={"number": number})

    _response, body = export(admin, format="jsonl", action="test.happened")
    rows = [json.loads(line) for line in body.splitlines()]
    assert [row["metadata"]["number"] for row in rows] == list(range(10))


def test_export_streams_the_right_organisation_after_the_connection_moved_on(admin, globex):
    security_event(action="test.happened", target_label="ours")
    security_event(action="test.happened", target_label="theirs", schema=globex.schema_name)
    response = admin.get(f"{URL}/export?format=jsonl&action=test.happened")
    connection.set_tenant(globex)

    rows = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]
    assert [row["target_label"] for row in rows] == ["ours"]


def test_export_is_recorded(admin):
    export(admin, format="csv", action="test.")

    event = SecurityEvent.objects.get(action="audit.exported")
    assert event.metadata == {"format": "csv", "filters": {"action": "test."}}
    assert event.actor_id is not None


def test_reading_writes_nothing(admin):
    admin.get(URL)
    with CaptureQueriesContext(connection) as seen:
        assert admin.get(URL).status_code == 200
        assert admin.get("/api/v1/projects").status_code == 200

    assert [query["sql"] for query in seen if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE"))] == []
