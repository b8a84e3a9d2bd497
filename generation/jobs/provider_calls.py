"""Asking a provider within a job: stopped when the job must end, tried again when trying again can help."""

import time

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from generation.exceptions import CallAborted, ProviderError, ProviderRateLimited
from generation.jobs.run import JobRun
from generation.providers import Completion, CompletionRequest, Provider
from generation.resilience.backoff import LONGEST_SECONDS, wait_seconds

log = structlog.get_logger("studio.job")

SHOW_EVERY_SECONDS = 1.0


def ask(run: JobRun, provider: Provider, request: CompletionRequest, *, expected_characters: int = 0) -> Completion:
    """The provider's completion; while it streams, the job's progress grows within the present span.

    Temporary errors are met with at most `PROVIDER_RETRIES` more trials, after a growing and jittered wait. A provider
    that asks for a longer pause than a minute is not waited for.

    Raises:
        ProviderError: a permanent error, or the last temporary one.
        JobInterrupted: the job must end; the call was given up.
    """
    trial = 1
    while True:
        try:
            return _asked(run, provider, request, expected_characters)
        except ProviderError as error:
            pause_seconds = _pause_seconds(error)
            if not error.temporary or trial > settings.PROVIDER_RETRIES or pause_seconds > LONGEST_SECONDS:
                raise
            log.warning("provider_retry", code=error.job_code, trial=trial, detail=error.operator_detail)
            run.wait(wait_seconds(trial, base_seconds=settings.PROVIDER_RETRY_BASE_S, at_least_seconds=pause_seconds))
            trial += 1


def _pause_seconds(error: ProviderError) -> float:
    asked = error.retry_after_seconds if isinstance(error, ProviderRateLimited) else None
    return asked or 0.0


def _asked(run: JobRun, provider: Provider, request: CompletionRequest, expected_characters: int) -> Completion:
    meter = _Meter(run, expected_characters)
    try:
        return provider.complete(
            request, on_delta=meter.more if expected_characters else None, should_stop=run.should_stop
        )
    except CallAborted as aborted:
        if run.interruption is not None:
            raise run.interruption from aborted
        raise


class _Meter:
    """Turns the characters that arrived into progress, once a second at most."""

    def __init__(self, run: JobRun, expected_characters: int) -> None:
        self._run, self._expected = run, expected_characters
        self._arrived, self._shown_at = 0, time.monotonic()

    def more(self, piece: str) -> None:
        """Count a piece. A database that is away does not end a call that is paid for."""
        self._arrived += len(piece)
        now = time.monotonic()
        if now - self._shown_at < SHOW_EVERY_SECONDS:
            return
        self._shown_at = now
        try:
            self._run.progress(min(95.0, 100 * self._arrived / self._expected))
        except (OperationalError, InterfaceError) as error:
            log.warning("progress_failed", error=str(error))
