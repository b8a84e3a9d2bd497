"""Metrics: every answer is counted by method, route and status, over all processes, never by organisation."""

import os
import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

from config.env import BASE_DIR
from config.studio.launcher import _fresh_metrics

LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}


def samples(text, name):
    """By labels: the value of each sample of this name."""
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def read(client, name="studio_http_requests_total"):
    response = client.get("/metrics", **LOOPBACK)
    assert response["Content-Type"].startswith("text/plain")
    return samples(response.content.decode(), name)


def labels(method, route, status):
    return (("method", method), ("route", route), ("status", str(status)))


def test_answers_are_counted_by_method_route_and_status(anonymous_api):
    client = anonymous_api()
    before = read(client).get(labels("GET", "health", 200), 0)
    client.get("/health?secret=1")
    assert read(client)[labels("GET", "health", 200)] == before + 1


def test_caller_can_not_make_labels(in_acme, anonymous_api):
    client = anonymous_api(in_acme)
    client.generic("BREW", "/health")
    for number in range(3):
        client.get(f"/api/v1/nowhere-{number}")
    found = read(client)
    assert labels("other", "health", 405) in found
    assert labels("GET", "unknown", 404) in found
    text = client.get("/metrics", **LOOPBACK).content.decode()
    assert "nowhere" not in text
    assert "acme" not in text


WRITER = """
import sys
from config.kernel import metrics
for _number in range(int(sys.argv[1])):
    metrics.observe_request("GET", "shared", 200, 0.02)
"""
READER = "from config.kernel import metrics; print(metrics.exposition().decode())"


def run(directory, script, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(directory)},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_figures_of_all_processes_are_summed(tmp_path):
    run(tmp_path, WRITER, "3")
    run(tmp_path, WRITER, "4")
    text = run(tmp_path, READER)
    assert samples(text, "studio_http_requests_total")[labels("GET", "shared", 200)] == 7
    assert samples(text, "studio_http_request_seconds_count")[(("route", "shared"),)] == 7


def test_figures_of_an_earlier_run_are_not_counted_again(tmp_path):
    directory = tmp_path / "metrics"
    _fresh_metrics(directory)
    run(directory, WRITER, "3")
    _fresh_metrics(directory)
    run(directory, WRITER, "2")
    assert samples(run(directory, READER), "studio_http_requests_total")[labels("GET", "shared", 200)] == 2
