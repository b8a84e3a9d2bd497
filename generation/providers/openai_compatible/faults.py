"""The SDK's errors in our own words, with the key taken out of what operators read."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from generation.exceptions import (
    ContentFiltered,
    ContextWindowExceeded,
    ProviderError,
    ProviderFaulted,
    ProviderQuotaExhausted,
    ProviderRateLimited,
    ProviderRefused,
    ProviderRequestRejected,
    ProviderTimeout,
    ProviderUnreachable,
)

RETRY_AFTER_MAX_SECONDS = 3600.0
DETAIL_MAX_CHARS = 1000

# The words by which the servers in use say it: OpenAI, vLLM, llama.cpp, Ollama, Groq, DeepSeek, Azure.
CONTEXT_WORDS = (
    "context_length",
    "context length",
    "maximum context",
    "context window",
    "context size",
    "too many tokens",
)
FILTER_WORDS = ("content_filter", "content_policy", "content policy", "content management policy")
QUOTA_WORDS = ("insufficient_quota", "insufficient balance", "billing", "credit balance")

BY_STATUS: Mapping[int, type[ProviderError]] = {
    401: ProviderRefused,
    402: ProviderQuotaExhausted,
    403: ProviderRefused,
    408: ProviderTimeout,
    413: ContextWindowExceeded,
    504: ProviderTimeout,
}


def own_error(error: openai.OpenAIError, *, api_key: str) -> ProviderError:
    """The error of ours that says the same; `api_key` never appears in it."""
    detail = _detail(error, api_key)
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, detail)
    if isinstance(error, openai.APITimeoutError):
        return ProviderTimeout(operator_detail=detail)
    if isinstance(error, openai.APIConnectionError):
        return ProviderUnreachable(operator_detail=detail)
    return (_by_words(detail) or ProviderFaulted)(operator_detail=detail)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The wait a server asks for, in seconds from 0 to an hour; None when it names none that makes sense."""
    raw = headers.get("retry-after", "").strip()
    try:
        seconds = float(raw)
    except ValueError:
        seconds = _seconds_until(raw)
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_SECONDS)


def error_words(error: openai.APIStatusError) -> str:
    """Everything an error answer says, in lower case, to look for a parameter's name in."""
    return f"{error.param or ''} {error.message} {error.body!r}".casefold()


def _by_status(error: openai.APIStatusError, detail: str) -> ProviderError:
    status = error.status_code
    by_words = _by_words(error_words(error))
    if status == 429:
        if by_words is ProviderQuotaExhausted:
            return ProviderQuotaExhausted(operator_detail=detail)
        wait_seconds = retry_after_seconds(error.response.headers)
        return ProviderRateLimited(retry_after_seconds=wait_seconds, operator_detail=detail)
    if status in BY_STATUS:
        return BY_STATUS[status](operator_detail=detail)
    if status >= 500:
        return ProviderFaulted(operator_detail=detail)
    return (by_words or ProviderRequestRejected)(operator_detail=detail)


def _by_words(text: str) -> type[ProviderError] | None:
    folded = text.casefold()
    found: tuple[tuple[tuple[str, ...], type[ProviderError]], ...] = (
        (CONTEXT_WORDS, ContextWindowExceeded),
        (FILTER_WORDS, ContentFiltered),
        (QUOTA_WORDS, ProviderQuotaExhausted),
    )
    return next((kind for words, kind in found if any(word in folded for word in words)), None)


def _detail(error: openai.OpenAIError, api_key: str) -> str:
    parts: list[Any] = [type(error).__name__, error]
    if isinstance(error, openai.APIStatusError):
        parts.insert(1, error.status_code)
        if 300 <= error.status_code < 400:
            parts.append(f"redirects are not followed; it pointed to {error.response.headers.get('location')!r}")
    text = ": ".join(str(part) for part in parts)
    return without_key(text, api_key)[:DETAIL_MAX_CHARS]


def without_key(text: str, api_key: str) -> str:
    """The text with every occurrence of the key replaced."""
    return text.replace(api_key, "[key]") if api_key else text


def _seconds_until(http_date: str) -> float:
    """Seconds until an HTTP date, NaN for anything else."""
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return math.nan
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(tz=UTC)).total_seconds()
