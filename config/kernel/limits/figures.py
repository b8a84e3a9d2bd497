"""Counts of what the limits did. Admitted requests are not counted here: the request metrics have them."""

from prometheus_client import Counter

refused_total = Counter(
    "studio_rate_limit_refused_total", "Requests over a limit, refused (enforce) or only noted (shadow).",
    ["policy", "mode"],
)  # fmt: skip
uncounted_total = Counter(
    "studio_rate_limit_uncounted_total", "Requests that could not be counted: admitted, or refused as degraded.",
    ["group", "outcome"],
)  # fmt: skip
