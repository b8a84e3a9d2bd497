"""How long to wait before trying again: exponential with full jitter, and never less than the other side asked.

Formula: "Exponential Backoff and Jitter", M. Brooker, AWS Architecture Blog, 2015 ("full jitter"), with half of the
ceiling as the floor, so that a wait is never next to nothing.
"""

import random
from collections.abc import Callable

LONGEST_SECONDS = 60.0


def wait_seconds(
    trial: int,
    *,
    base_seconds: float,
    at_least_seconds: float = 0.0,
    draw: Callable[[float, float], float] = random.uniform,
) -> float:
    """Seconds to wait after the `trial`-th failure (from 1)."""
    ceiling = min(base_seconds * 2 ** (trial - 1), LONGEST_SECONDS)
    return max(draw(ceiling / 2, ceiling), at_least_seconds)
