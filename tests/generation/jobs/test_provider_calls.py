"""Asking a provider: again when that can help, and no longer than the job may run."""

from typing import Any

import pytest

from generation.exceptions import (
    CallAborted,
    JobCancelled,
    ProviderError,
    ProviderFaulted,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
)
from generation.jobs.provider_calls import ask
from generation.providers import Completion, CompletionRequest, Purpose, Usage
from generation.resilience.backoff import LONGEST_SECONDS, wait_seconds

REQUEST = CompletionRequest(messages=(), purpose=Purpose.CHAPTER)
ANSWER = Completion(text="Once.", usage=Usage(1, 1), model="m", provider="played")


class PlayedProvider:
    """Raises the errors it was given, one a call, then answers."""

    name, model = "played", "m"

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    def complete(self, request: CompletionRequest, *, on_delta: Any = None, should_stop: Any = None) -> Completion:
        self.calls += 1
        if on_delta is not None:
            for _ in range(10):
                on_delta("x" * 10)
        if self.errors:
            raise self.errors.pop(0)
        return ANSWER


class PlayedRun:
    """A run that never waits and remembers how long it should have."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.shown: list[float] = []
        self.interruption: Any = None

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def should_stop(self) -> bool:
        return self.interruption is not None

    def progress(self, percent: float, stage: str = "") -> None:
        self.shown.append(percent)


@pytest.fixture
def run(settings: Any) -> PlayedRun:
    settings.PROVIDER_RETRIES, settings.PROVIDER_RETRY_BASE_S = 3, 2.0
    return PlayedRun()


def test_temporary_errors_are_tried_again_with_growing_waits(run: Any) -> None:
    provider = PlayedProvider(ProviderTimeout(), ProviderFaulted(), ProviderTimeout())
    assert ask(run, provider, REQUEST) is ANSWER
    assert provider.calls == 4
    assert [low <= wait <= 2 * low for low, wait in zip((1, 2, 4), run.waits, strict=True)] == [True] * 3


def test_retries_are_bounded(run: Any) -> None:
    provider = PlayedProvider(*[ProviderTimeout() for _ in range(10)])
    with pytest.raises(ProviderTimeout):
        ask(run, provider, REQUEST)
    assert provider.calls == 4


def test_permanent_error_is_not_tried_again(run: Any) -> None:
    provider = PlayedProvider(ProviderRefused())
    with pytest.raises(ProviderRefused):
        ask(run, provider, REQUEST)
    assert (provider.calls, run.waits) == (1, [])


def test_provider_that_names_a_pause_is_given_it(run: Any) -> None:
    assert ask(run, PlayedProvider(ProviderRateLimited(retry_after_seconds=17)), REQUEST) is ANSWER
    assert run.waits == [17]


def test_provider_that_wants_a_longer_pause_than_a_minute_is_not_waited_for(run: Any) -> None:
    provider = PlayedProvider(ProviderRateLimited(retry_after_seconds=LONGEST_SECONDS + 1))
    with pytest.raises(ProviderError):
        ask(run, provider, REQUEST)
    assert (provider.calls, run.waits) == (1, [])


def test_aborted_call_ends_the_job_by_the_reason_of_the_abort(run: Any) -> None:
    run.interruption = JobCancelled()
    with pytest.raises(JobCancelled):
        ask(run, PlayedProvider(CallAborted()), REQUEST)


def test_progress_follows_the_text_that_arrives(run: Any, monkeypatch: Any) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("generation.jobs.provider_calls.time.monotonic", lambda: next(clock))
    ask(run, PlayedProvider(), REQUEST, expected_characters=50)
    assert run.shown == [20, 40, 60, 80, 95, 95, 95, 95, 95, 95]


@pytest.mark.parametrize(("trial", "low", "high"), [(1, 1, 2), (2, 2, 4), (5, 16, 32), (30, 30, 60)])
def test_wait_grows_with_jitter_up_to_a_minute(trial: int, low: float, high: float) -> None:
    waits = [wait_seconds(trial, base_seconds=2.0) for _ in range(200)]
    assert low <= min(waits) < max(waits) <= high
