"""Health: alive, and whether every part it stands on is well; one part that hangs does not hang the answer."""

import threading
import time

import pytest
from celery import current_app
from django.core.cache import caches
from django.db import connection
from django.test import override_settings
from django_redis import get_redis_connection
from uuid_utils.compat import uuid7

from config.operations import heartbeat, probes
from config.operations.health import look_at_all
from generation.jobs import waiting
from tenants.models import Tenant
from tests.config.kernel.test_envelope import refused

LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def clean_redis(db):
    """No sign of life and no waiting job of another test."""
    client = get_redis_connection("global")
    keys = [caches["global"].make_key(name) for name in ("workers:heartbeats", "jobs:waiting")]
    client.delete(*keys)
    yield client
    client.delete(*keys)


@pytest.fixture
def all_workers(clean_redis):
    """A worker for every queue gave a sign of life just now."""
    heartbeat.beat("generation@here", list(heartbeat.QUEUES))


def test_health_is_alive_without_touching_the_database(anonymous_api):
    # Without the `db` fixture, touching the database is an error.
    response = anonymous_api().get("/health", HTTP_HOST="10.1.2.3")
    assert response.json() == {"success": True, "data": {"status": "ok"}, "error": None}


@pytest.mark.parametrize("accept", ["text/plain", "application/pdf", "text/html"])
def test_health_answers_whatever_is_accepted(anonymous_api, accept):
    assert anonymous_api().get("/health", HTTP_ACCEPT=accept).status_code == 200


def test_health_knows_only_reading(anonymous_api):
    refused(anonymous_api().post("/health"), 405, "method_not_allowed")


def test_all_parts_are_well(anonymous_api, all_workers):
    response = anonymous_api().get("/health/detailed", **LOOPBACK)
    assert response.status_code == 200, response.content
    parts = response.json()["data"]["parts"]
    assert set(parts) == {"database", "cache", "broker", "limits", "workers", "queue", "disk", "memory"}
    assert {found["status"] for found in parts.values()} == {"ok"}
    assert parts["workers"]["queues"] == dict.fromkeys(heartbeat.QUEUES, 1)
    assert parts["queue"]["oldest_seconds"] == 0
    assert set(parts["broker"]["waiting"]) == set(heartbeat.QUEUES)


def degraded(response):
    """The parts that failed, by name."""
    details = refused(response, 503, "degraded")["details"]
    failed = {name: found for name, found in details["parts"].items() if found["status"] == "failed"}
    assert sorted(failed) == sorted(details["failed"])
    return failed


def test_queue_without_worker_is_degraded(anonymous_api, clean_redis):
    heartbeat.beat("generation@here", [queue for queue in heartbeat.QUEUES if queue != "indexing"])
    failed = degraded(anonymous_api().get("/health/detailed", **LOOPBACK))
    assert set(failed) == {"workers"}
    assert failed["workers"]["reason"] == "no worker empties indexing"
    assert failed["workers"]["queues"]["indexing"] == 0


def test_worker_that_fell_silent_is_no_worker(anonymous_api, all_workers, monkeypatch):
    monkeypatch.setattr(probes, "SILENCE_MAX_SECONDS", -1)
    assert set(degraded(anonymous_api().get("/health/detailed", **LOOPBACK))) == {"workers"}


def test_worker_that_stopped_is_forgotten_at_once(all_workers):
    heartbeat.stop_beating("generation@here", ["indexing"])
    assert heartbeat.seconds_since_beats()["indexing"] == {}
    assert set(heartbeat.seconds_since_beats()["maintenance"]) == {"generation@here"}


def test_job_that_waits_too_long_is_degraded(anonymous_api, all_workers, settings, acme):
    settings.HEALTH_QUEUE_WAIT_MAX_S = -1
    job_id = uuid7()
    waiting.note_waiting(acme.schema_name, job_id)
    failed = degraded(anonymous_api().get("/health/detailed", **LOOPBACK))
    assert set(failed) == {"queue"}
    waiting.note_taken(acme.schema_name, job_id)
    settings.HEALTH_QUEUE_WAIT_MAX_S = 900
    assert anonymous_api().get("/health/detailed", **LOOPBACK).status_code == 200


def test_job_noted_twice_keeps_its_place(clean_redis, acme):
    job_id = uuid7()
    waiting.note_waiting(acme.schema_name, job_id)
    since = waiting.oldest_queued()
    waiting.note_waiting(acme.schema_name, job_id)
    assert since is not None
    assert waiting.oldest_queued() == since


@pytest.mark.parametrize("schema", ["suspended", "gone"])
def test_job_of_an_organisation_that_is_not_served_does_not_count(clean_redis, acme, globex, schema):
    Tenant.objects.filter(pk=globex.pk).update(status="suspended")
    waiting.note_waiting(globex.schema_name if schema == "suspended" else "org_gone", uuid7())
    waiting.note_waiting(acme.schema_name, uuid7())
    assert waiting.oldest_queued() is not None
    assert clean_redis.zcard(caches["global"].make_key("jobs:waiting")) == 1


@pytest.mark.parametrize("knob", ["HEALTH_DISK_FREE_MIN_MB", "HEALTH_MEMORY_FREE_MIN_MB"])
def test_little_room_is_degraded(anonymous_api, all_workers, settings, knob):
    setattr(settings, knob, 10**12)
    failed = degraded(anonymous_api().get("/health/detailed", **LOOPBACK))
    assert len(failed) == 1
    assert next(iter(failed.values()))["free_mb"] > 0


def test_database_away_is_degraded(anonymous_api, all_workers, monkeypatch):
    right = connection.get_connection_params
    monkeypatch.setattr(connection, "get_connection_params", lambda: {**right(), "port": "1"})
    with pytest.raises(Exception, match="refused"):
        probes.database()


def test_broker_away_is_degraded(anonymous_api, all_workers, monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    failed = degraded(anonymous_api().get("/health/detailed", **LOOPBACK))
    assert failed["broker"]["reason"] == "ConnectionError"
    assert set(failed) == {"broker"}


def test_part_that_hangs_does_not_hang_the_others():
    release, asked = threading.Event(), []

    def hangs():
        asked.append(threading.current_thread())
        release.wait(30)
        return {}

    seen = {"hangs": hangs, "well": lambda: {"figure": 1}}
    try:
        began = time.monotonic()
        found = look_at_all(seen, seconds=0.2)
        again = look_at_all(seen, seconds=0.2)
        assert time.monotonic() - began < 10
        assert (found["well"]["status"], found["well"]["figure"]) == ("ok", 1)
        assert found["hangs"]["status"] == again["hangs"]["status"] == "failed"
        assert found["hangs"]["reason"] == "no answer in time"
        assert len(asked) == 1, "a part that hangs is not asked again"
    finally:
        release.set()
        asked[0].join(10)
    assert look_at_all(seen, seconds=10)["hangs"]["status"] == "ok"


def test_part_that_blows_up_is_a_finding():
    def blows_up():
        raise ZeroDivisionError("secret-of-the-house")

    found = look_at_all({"blows up": blows_up}, seconds=10)["blows up"]
    assert (found["status"], found["reason"]) == ("failed", "ZeroDivisionError")


FOREIGN = {"REMOTE_ADDR": "203.0.113.7"}
PROXIED = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}


@pytest.mark.parametrize("path", ["/health/detailed", "/metrics"])
@pytest.mark.parametrize("origin", [FOREIGN, PROXIED, {"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "garbage"}])
def test_stranger_sees_no_figures(anonymous_api, path, origin):
    refused(anonymous_api().get(path, **origin), 403, "permission_denied")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic figures", "Bearer Figures"])
def test_wrong_metrics_token_is_refused(anonymous_api, given):
    with override_settings(METRICS_TOKEN="figures"):
        response = anonymous_api().get("/metrics", **FOREIGN, HTTP_AUTHORIZATION=given)
    refused(response, 403, "permission_denied")


def test_holder_of_the_metrics_token_sees_figures(anonymous_api):
    with override_settings(METRICS_TOKEN="figures"):
        response = anonymous_api().get("/metrics", **FOREIGN, HTTP_AUTHORIZATION="Bearer figures")
    assert response.status_code == 200


def test_empty_metrics_token_opens_nothing(anonymous_api):
    with override_settings(METRICS_TOKEN=""):
        refused(anonymous_api().get("/metrics", **FOREIGN, HTTP_AUTHORIZATION="Bearer "), 403, "permission_denied")
