"""Real signals to a real worker in the middle of a book: nothing is lost, nothing is doubled, nothing is paid twice."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import schema_context

from generation.models import Job
from generation.services.jobs import job_cancel
from tests.generation.worker.conftest import Stage
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer
from tests.support.worker import Worker

pytestmark = [pytest.mark.worker, pytest.mark.committed]

END_SECONDS = 60.0
CHAPTER_TWO = Reply(kind="hang", match="Chapter 2: ")


def asked_for_chapter_two(provider: ProviderServer) -> Callable[[], bool]:
    """Whether the worker waits for the second chapter's text."""
    return lambda: any(
        call.outcome == "open" and CHAPTER_TWO.match in call.messages[-1]["content"] for call in provider.calls
    )


def process_of(job: Job) -> int:
    """The pool's process that runs the job."""
    return int(job.worker.rpartition(":")[2])


def assert_book_is_whole(stage: Stage, job: Job, provider: ProviderServer, *, interrupted: int) -> None:
    """Every chapter once, and every finished step asked for once; `interrupted` calls were never answered."""
    assert stage.chapters() == [(1, 1), (2, 1)]
    complete = [call for call in provider.calls if call.outcome == "complete"]
    assert len(complete) == 3  # the plan and two chapters
    assert len(provider.calls) == 3 + interrupted
    ended = stage.job(job)
    assert (ended.status, ended.progress, ended.error_code) == ("succeeded", 100, "")


def test_pool_process_killed_in_the_middle_of_a_chapter(
    stage: Stage, worker: Callable[..., Worker], provider_server: ProviderServer, wait_until: Callable[..., Any]
) -> None:
    provider_server.script(CHAPTER_TWO)
    worker()
    job = stage.start(chapters=2)
    wait_until(asked_for_chapter_two(provider_server), what="the call for chapter 2")
    os.kill(process_of(stage.job(job)), signal.SIGKILL)
    wait_until(lambda: stage.ended(job), deadline_seconds=END_SECONDS, what="the end of the job")
    assert_book_is_whole(stage, job, provider_server, interrupted=1)
    assert stage.job(job).attempt == 2


def test_whole_worker_killed_in_the_middle_of_a_chapter(
    stage: Stage, worker: Callable[..., Worker], provider_server: ProviderServer, wait_until: Callable[..., Any]
) -> None:
    provider_server.script(CHAPTER_TWO)
    first = worker("w1")
    job = stage.start(chapters=2)
    wait_until(asked_for_chapter_two(provider_server), what="the call for chapter 2")
    first.kill()
    worker("w2")
    wait_until(lambda: stage.ended(job), deadline_seconds=END_SECONDS, what="the end of the job")
    assert_book_is_whole(stage, job, provider_server, interrupted=1)
    assert stage.job(job).worker.startswith("w2@")


def test_worker_stopped_for_longer_than_its_lease_writes_nothing_when_it_wakes(
    stage: Stage, worker: Callable[..., Worker], provider_server: ProviderServer, wait_until: Callable[..., Any]
) -> None:
    """The zombie gets its answer after another process has taken the job, and its write is refused."""
    provider_server.script(Reply(latency_seconds=1.0, match=CHAPTER_TWO.match))
    running = worker(concurrency=2)
    job = stage.start(chapters=2)
    wait_until(asked_for_chapter_two(provider_server), what="the call for chapter 2")
    zombie = process_of(stage.job(job))
    os.kill(zombie, signal.SIGSTOP)
    try:
        wait_until(lambda: stage.ended(job), deadline_seconds=END_SECONDS, what="the end of the job")
        assert process_of(stage.job(job)) != zombie
    finally:
        os.kill(zombie, signal.SIGCONT)
    before = stage.job(job)
    wait_until(lambda: '"outcome":"lost"' in running.log_path.read_text(), what="the zombie's end")
    assert stage.chapters() == [(1, 1), (2, 1)]
    after = stage.job(job)
    assert (after.status, after.fence, after.result) == ("succeeded", before.fence, before.result)
    assert after.completion_tokens == before.completion_tokens


def test_cancel_ends_a_running_call_within_five_seconds(
    stage: Stage, worker: Callable[..., Worker], provider_server: ProviderServer, wait_until: Callable[..., Any]
) -> None:
    provider_server.script(CHAPTER_TWO)
    worker()
    job = stage.start(chapters=2)
    wait_until(asked_for_chapter_two(provider_server), what="the call for chapter 2")
    with schema_context(stage.tenant.schema_name):
        job_cancel(actor=stage.actor, job_id=job.pk)
    assert wait_until(lambda: stage.ended(job), deadline_seconds=5.0, what="the end of the job") == "cancelled"
    assert stage.chapters() == [(1, 1)]
    wait_until(lambda: provider_server.calls[-1].outcome == "closed_by_client", what="a closed connection")


def test_worker_asked_to_stop_finishes_its_call_and_gives_the_job_back(
    stage: Stage, worker: Callable[..., Worker], provider_server: ProviderServer, wait_until: Callable[..., Any]
) -> None:
    provider_server.script(Reply(latency_seconds=1.5, match=CHAPTER_TWO.match))
    first = worker("w1")
    job = stage.start(chapters=2)
    wait_until(asked_for_chapter_two(provider_server), what="the call for chapter 2")
    first.ask_to_stop()
    assert first.stopped() == 0
    given_back = stage.job(job)
    assert (given_back.status, given_back.attempt) == ("queued", 0)
    worker("w2")
    wait_until(lambda: stage.ended(job), deadline_seconds=END_SECONDS, what="the end of the job")
    assert_book_is_whole(stage, job, provider_server, interrupted=0)
