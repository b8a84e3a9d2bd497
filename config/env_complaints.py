"""What is wrong with an environment, in sentences: wrong values, and names that look like settings and are none."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

# Names that begin like ours and are not ours are misspelt: they would be ignored without a word.
OUR_PREFIXES = (
    "STUDIO_",
    "WORKER_",
    "AUDIT_",
    "ACCESS_TOKEN_",
    "REFRESH_",
    "DATABASE_POOL_",
    "FEATURE_FLAGS_",
    "SECURITY_HEADERS_",
    "CORS_",
    "RATE_LIMIT_",
    "QUOTA_",
    "TRUSTED_",
)
OUR_OTHER_NAMES = frozenset({"STUDIO_PROCESS"})
RETIRED = {
    "TENANCY_ENFORCED": "organisations are always isolated by schema; there is no off position",
    "DEFAULT_TENANT_ID": "there is no default organisation; name one by host, X-Tenant or token",
}
SECRET_KNOBS = frozenset({"SECRET_KEY", "LLM_API_KEY", "METRICS_TOKEN"})


def _shown(name: str, value: Any) -> str:
    """A value as a complaint may repeat it: not what is secret, and of an address not who signs in."""
    if name in SECRET_KNOBS:
        return "a value that is not shown"
    return repr(re.sub(r"://[^/@]*@", "://***@", str(value))[:80])


def wrong_values(error: ValidationError) -> list[str]:
    """One sentence per wrong variable: its name, what was found, what is allowed."""
    lines = []
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {message} (found {_shown(name, item['input'])})" if name else message)
    return lines


def strangers(names: Mapping[str, str], known: Collection[str]) -> list[str]:
    """One sentence for each of these variables that is retired, or looks like one of the `known` and is none."""
    lines = [f"{name}: {why}" for name, why in RETIRED.items() if name in names]
    lines += [
        f"{name}: no such setting (see docs/operations/settings.md)"
        for name in sorted(names)
        if name.startswith(OUR_PREFIXES) and name not in known and name not in OUR_OTHER_NAMES
    ]
    return lines
