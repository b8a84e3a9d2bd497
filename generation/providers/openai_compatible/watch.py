"""The clock of one call: its time limits, and the caller's wish to stop."""

import time
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from generation.exceptions import CallAborted, ProviderTimeout
from generation.providers.base import ShouldStop

STOP_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits of a call in seconds. `first_token` counts from the start and holds for streamed answers only."""

    connect_seconds: float = 10.0
    first_token_seconds: float = 60.0
    total_seconds: float = 300.0


class CallWatch:
    """Asked before every wait for the network; ends the call by raising when time is up or the caller says so."""

    def __init__(self, timeouts: Timeouts, should_stop: ShouldStop | None) -> None:
        """Start the clock."""
        self.timeouts = timeouts
        self._should_stop = should_stop
        self._started_at = time.monotonic()
        self._asked_at = float("-inf")
        self._awaits_first_token = False

    def await_first_token(self) -> None:
        """From now on the limit for the first token holds too."""
        self._awaits_first_token = True

    def first_token_came(self) -> None:
        """Only the total limit holds from now on."""
        self._awaits_first_token = False

    def check(self) -> None:
        """Raise `ProviderTimeout` past a limit, or `CallAborted` when the caller wants to stop."""
        now = time.monotonic()
        if now - self._asked_at >= STOP_POLL_SECONDS:
            self._asked_at = now
            if self._should_stop is not None and self._should_stop():
                raise CallAborted
        elapsed_seconds = now - self._started_at
        if elapsed_seconds >= self.timeouts.total_seconds:
            raise ProviderTimeout(operator_detail=f"no end of the answer within {self.timeouts.total_seconds:g} s")
        if self._awaits_first_token and elapsed_seconds >= self.timeouts.first_token_seconds:
            message = _("The model provider did not begin to answer in time.")
            detail = f"no first token within {self.timeouts.first_token_seconds:g} s"
            raise ProviderTimeout(message, operator_detail=detail)

    def slice_seconds(self, limit_seconds: float | None = None) -> float:
        """How long one wait may last before `check` has to be asked again, never more than `limit_seconds`."""
        ends_at = self._started_at + self.timeouts.total_seconds
        if self._awaits_first_token:
            ends_at = min(ends_at, self._started_at + self.timeouts.first_token_seconds)
        left_seconds = max(0.001, ends_at - time.monotonic())
        return min(left_seconds, STOP_POLL_SECONDS if limit_seconds is None else limit_seconds)
