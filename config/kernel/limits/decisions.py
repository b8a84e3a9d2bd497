"""What the gate said of one request."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may go on, and the figures of the bucket that is nearest to refusing.

    Times are whole seconds, rounded up. `counted` is False when nothing was counted: no policy applies, or the
    counters are away.
    """

    allowed: bool
    policy: str = ""
    limit: int = 0
    remaining: int = 0
    reset_seconds: int = 0
    retry_after_seconds: int = 0
    counted: bool = True

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit-*`, and `Retry-After` when refused; none when nothing was counted."""
        if not self.counted:
            return {}
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return found if self.allowed else {**found, "Retry-After": str(self.retry_after_seconds)}


UNCOUNTED = Decision(allowed=True, counted=False)


def seconds(microseconds: int) -> int:
    """Whole seconds, rounded up."""
    return ceil(microseconds / 1_000_000)
