"""Resident memory of every process of the embedded studio, after a start and after some work."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.catalogue import Effort
from benchmarks.load import Plan, fire, request_text
from benchmarks.processes import FIRST_PORT, family
from benchmarks.report import aligned
from config.studio.discovery import running_services
from config.studio.ports import free_port

READY_TIMEOUT_SECONDS = 120.0
STOP_TIMEOUT_SECONDS = 40.0
JOB_TIMEOUT_SECONDS = 60.0
SLUG, EMAIL, PASSWORD = "benchmark", "writer@benchmark.example", "a long enough passphrase"
MEGABYTE = 1_000_000
_WORKER = re.compile(r"--hostname=(\w+)@")


class NotAsMeant(Exception):
    """Something that the figures rest on was not so."""


def run(effort: Effort) -> None:
    """Measure and print."""
    with _studio() as (launcher, data_dir, port):
        idle = _by_name(launcher)
        _work(data_dir, port, effort.requests)
        busy = _by_name(launcher)
    names = sorted(idle, key=lambda name: -idle[name].pss)
    idle["all"], busy["all"] = sum(idle.values(), Weight()), sum(busy.values(), Weight())
    heading = ("", "processes after work", "RSS", "PSS", "RSS after work", "PSS after work")
    lines = [(name, str(busy[name].count), *_cells(idle[name]), *_cells(busy[name])) for name in [*names, "all"]]
    print("### Memory of the embedded studio, MB\n")
    print(aligned([heading, *lines]))
    print(
        "\nRSS counts pages that processes share once for each of them, PSS divides them among the sharers and so adds "
        f"up. Work: {effort.requests} requests at 8 clients and one chapter by the worker.\n",
        flush=True,
    )


@dataclass(frozen=True)
class Weight:
    """What the processes of one name hold together, in bytes."""

    count: int = 0
    rss: int = 0
    pss: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.count + other.count, self.rss + other.rss, self.pss + other.pss)


@contextmanager
def _studio() -> Iterator[tuple[psutil.Process, Path, int]]:
    """A whole studio in a data directory of its own: its launcher, that directory, its web port."""
    with tempfile.TemporaryDirectory(prefix="novella-") as name:
        data_dir = Path(name) / "data"
        log = Path(name) / "launcher.log"
        port = free_port(FIRST_PORT)
        environment = {**os.environ, "STUDIO_DATA_DIR": str(data_dir), "STUDIO_PORT": str(port)}
        with log.open("wb") as output:
            launcher = subprocess.Popen(
                [sys.executable, "manage.py", "studio"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        try:
            _wait(lambda: _is_ready(launcher, data_dir, log), READY_TIMEOUT_SECONDS, "the studio")
            yield psutil.Process(launcher.pid), data_dir, port
        finally:
            launcher.send_signal(signal.SIGTERM)
            launcher.wait(STOP_TIMEOUT_SECONDS)


def _is_ready(launcher: subprocess.Popen[bytes], data_dir: Path, log: Path) -> bool:
    if launcher.poll() is not None:
        raise NotAsMeant(f"the studio ended before it was ready: {log.read_text(encoding='utf-8')[-3000:]}")
    services = running_services(data_dir) if data_dir.exists() else None
    return services is not None and services.web_port is not None


def _wait(done: Callable[[], bool], timeout_seconds: float, what: str) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not done():
        if time.monotonic() > deadline:
            raise NotAsMeant(f"expected {what} within {timeout_seconds:g} s")
        time.sleep(0.1)


def _work(data_dir: Path, port: int, requests: int) -> None:
    """An organisation, a project, so many reads of it, and one chapter."""
    command = [sys.executable, "manage.py", "tenant", "create", SLUG, "--name", "Benchmark"]
    subprocess.run(
        [*command, "--admin", EMAIL, "--password", PASSWORD],
        env={**os.environ, "STUDIO_DATA_DIR": str(data_dir)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    token = _call(port, "POST", "/auth/token", {"email": EMAIL, "password": PASSWORD, "tenant": SLUG})["access"]
    headers = {"Host": "localhost", "Authorization": f"Bearer {token}"}
    project = _call(port, "POST", "/projects", {"kind": "novel", "title": "The keeper"}, headers)["id"]
    fire(Plan(port, (request_text("GET", f"/api/v1/projects/{project}", headers),), requests))
    job = _call(port, "POST", "/writing/generate-chapter", {"project": project}, headers)["id"]
    _wait(
        lambda: _call(port, "GET", f"/jobs/{job}", None, headers)["status"] == "succeeded",
        JOB_TIMEOUT_SECONDS,
        "a chapter",
    )


def _call(port: int, method: str, path: str, body: Any, headers: Mapping[str, str] = {}) -> Any:
    """The `data` of an answer of the API."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Host": "localhost", "Content-Type": "application/json", **headers}
    client.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), sent)
    answer = json.load(client.getresponse())
    client.close()
    if not answer["success"]:
        raise NotAsMeant(f"expected {method} {path} to succeed, found {answer['error']}")
    return answer["data"]


def _by_name(launcher: psutil.Process) -> dict[str, Weight]:
    """What each of the studio's programs holds, its own children included."""
    found = {"launcher": _weight(launcher)}
    for child in launcher.children():
        name = _name(child)
        for process in family(child):
            found[name] = found.get(name, Weight()) + _weight(process)
    return found


def _name(process: psutil.Process) -> str:
    """The name by which the launcher knows a child."""
    line = " ".join(process.cmdline())
    worker = _WORKER.search(line)
    if worker:
        return f"worker: {worker[1]}"
    known = {"granian": "web", "valkey": "valkey", "postgres": "postgres", " beat": "beat", "guardian": "guardian"}
    return next((name for word, name in known.items() if word in line), process.name())


def _weight(process: psutil.Process) -> Weight:
    """Resident and proportional memory; where the system tells no proportion, the resident stands for it."""
    memory = process.memory_full_info()
    return Weight(1, memory.rss, getattr(memory, "pss", memory.rss))


def _cells(weight: Weight) -> tuple[str, str]:
    return f"{weight.rss / MEGABYTE:.0f}", f"{weight.pss / MEGABYTE:.0f}"
