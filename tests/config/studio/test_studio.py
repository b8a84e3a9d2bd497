"""The whole studio: servers, web, workers and beat under one launcher."""

import json
import shutil
import signal
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from celery import Celery

from config.studio.discovery import Services, running_services
from config.studio.programs import GENERATION_QUEUES
from tests.config.studio.conftest import Launcher, processes_of
from tests.config.studio.waiting import wait_until

pytestmark = pytest.mark.studio

PROGRAMS = ("postgres", "valkey-server", "granian", "generation@", "indexing@", "maintenance@", " beat ")


@pytest.fixture(scope="module")
def studio() -> Iterator[Launcher]:
    """One studio for this file, from an empty directory."""
    home = Path(tempfile.mkdtemp(prefix="studio-whole-"))
    launcher = Launcher(home / "data")
    try:
        launcher.wait_ready(seconds=120)
        yield launcher
    finally:
        if launcher.process.poll() is None:
            launcher.stop()
        shutil.rmtree(home)


def services_of(launcher: Launcher) -> Services:
    services = running_services(launcher.data_dir)
    assert services is not None
    return services


def answer_of(port: int | None, path: str) -> tuple[int, object]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": f"localhost:{port}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def programs_of(launcher: Launcher) -> set[str]:
    lines = [" ".join(child.cmdline()) for child in psutil.Process(launcher.process.pid).children()]
    return {words for words in PROGRAMS if any(words in line for line in lines)}


def test_first_start_migrates_and_says_where_everything_is(studio: Launcher) -> None:
    port = services_of(studio).web_port

    assert studio.output.count("migrating the database") == 1
    for address in (f"http://localhost:{port}/admin/", f"http://localhost:{port}/api/docs", str(studio.data_dir)):
        assert address in studio.output
    assert programs_of(studio) == set(PROGRAMS)


def test_web_answers_from_the_migrated_database(studio: Launcher) -> None:
    status, body = answer_of(services_of(studio).web_port, "/api/v1/no-such-thing")

    assert status == 404
    assert isinstance(body, dict)
    assert body["error"]["code"] == "not_found"


def test_workers_listen_to_every_queue(studio: Launcher) -> None:
    client = Celery(broker=f"{services_of(studio).redis_url}/0")
    queues: dict[str, list[str]] = {}

    def all_answered() -> bool:
        answers = client.control.inspect(timeout=2).active_queues() or {}
        queues.update({node.partition("@")[0]: [queue["name"] for queue in found] for node, found in answers.items()})
        return len(queues) == 3

    wait_until(all_answered, seconds=40)

    assert queues == {
        "generation": list(GENERATION_QUEUES),
        "indexing": ["indexing"],
        "maintenance": ["maintenance"],
    }


@pytest.mark.parametrize("words", ["granian", "generation@", " beat "])
def test_killed_program_is_started_again(studio: Launcher, words: str) -> None:
    killed = studio.child(words)
    children = killed.children(recursive=True)

    killed.kill()
    wait_until(lambda: not killed.is_running(), seconds=10)
    wait_until(lambda: programs_of(studio) == set(PROGRAMS), seconds=20)

    assert studio.child(words).pid != killed.pid
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def test_web_answers_again_after_it_was_killed(studio: Launcher) -> None:
    port = services_of(studio).web_port

    def answers() -> bool:
        try:
            return answer_of(port, "/api/v1/no-such-thing")[0] == 404
        except (urllib.error.URLError, OSError):
            return False

    wait_until(answers, seconds=40)


def test_studio_on_own_servers_starts_none(studio: Launcher, start_launcher: Callable[..., Launcher]) -> None:
    own = services_of(studio)

    launcher = start_launcher("--only", "beat", DATABASE_URL=own.database_url, REDIS_URL=own.redis_url)
    wait_until(lambda: "is ready" in launcher.output or launcher.process.poll() is not None, seconds=60)

    assert "is ready" in launcher.output, launcher.output
    assert programs_of(launcher) == {" beat "}
    assert running_services(launcher.data_dir) is None


def test_stopped_studio_leaves_nothing_and_starts_again_without_migrating(studio: Launcher) -> None:
    assert studio.stop(signal.SIGINT) == 0
    assert processes_of(studio.data_dir) == []

    again = Launcher(studio.data_dir, WORKER_ENABLED="false")
    try:
        services = again.wait_ready(seconds=120)
        assert "migrating" not in again.output
        assert programs_of(again) == {"postgres", "valkey-server", "granian", " beat "}
        with psycopg.connect(services.database_url) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)
    finally:
        again.stop()
