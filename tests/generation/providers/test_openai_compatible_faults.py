"""Every way in which a model server can fail becomes one error of ours, in time, with the connection closed."""

import time
from collections.abc import Callable

import psutil
import pytest

from generation import exceptions
from generation.providers import CompletionRequest
from generation.providers.openai_compatible import OpenAICompatibleProvider
from tests.generation.providers.conftest import PLAN_SCHEMA
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer

FAULTS: list[tuple[str, Reply, str, bool]] = [
    ("close", Reply("close"), "provider_unreachable", True),
    ("half a stream", Reply("half_stream"), "provider_unreachable", True),
    ("stream without an end", Reply("silent_end"), "provider_unreachable", True),
    ("error in a stream", Reply("stream_error"), "provider_faulted", True),
    ("chunk that is no JSON", Reply("broken_chunk"), "provider_answer_invalid", True),
    ("garbage", Reply("garbage"), "provider_answer_invalid", True),
    ("web page", Reply("html"), "provider_answer_invalid", True),
    ("empty", Reply("empty"), "provider_answer_invalid", True),
    ("compressed", Reply("compressed"), "provider_answer_invalid", True),
    ("ten megabytes", Reply("huge"), "provider_answer_too_large", False),
    ("thoughts for ever", Reply("thoughts"), "provider_answer_too_large", False),
    ("hang", Reply("hang"), "provider_timeout", True),
    ("comments for ever", Reply("comments"), "provider_timeout", True),
    ("slow drip", Reply(chunk_seconds=0.2), "provider_timeout", True),
    ("401", Reply("status", status=401), "provider_refused", False),
    ("402", Reply("status", status=402), "provider_quota_exhausted", False),
    ("403", Reply("status", status=403), "provider_refused", False),
    ("404", Reply("status", status=404), "provider_request_rejected", False),
    ("408", Reply("status", status=408), "provider_timeout", True),
    ("413", Reply("status", status=413), "context_window_exceeded", False),
    ("429", Reply("status", status=429), "provider_rate_limited", True),
    ("500", Reply("status", status=500), "provider_faulted", True),
    ("502 page", Reply("status", status=502, body="<h1>Bad gateway</h1>"), "provider_faulted", True),
    ("504", Reply("status", status=504), "provider_timeout", True),
    ("filtered", Reply(finish_reason="content_filter"), "content_filtered", False),
]


def refusal(status: int, **error: str) -> Reply:
    return Reply("status", status=status, body={"error": {"message": "no", **error}})


WORDED: list[tuple[str, Reply, str]] = [
    ("no quota", refusal(429, code="insufficient_quota"), "provider_quota_exhausted"),
    ("long prompt", refusal(400, code="context_length_exceeded"), "context_window_exceeded"),
    ("vLLM", refusal(400, message="This model's maximum context length is 4096 tokens."), "context_window_exceeded"),
    ("filter", refusal(400, code="content_filter"), "content_filtered"),
    ("no such model", refusal(404, message="model 'x' not found"), "provider_request_rejected"),
]


def open_connections(port: int) -> int:
    """Connections of this process to the port, as a client."""
    return sum(1 for one in psutil.Process().net_connections("tcp") if one.raddr and one.raddr.port == port)


@pytest.mark.parametrize(("name", "reply", "job_code", "temporary"), FAULTS, ids=[case[0] for case in FAULTS])
def test_provider_fault_becomes_one_error_of_ours(
    name: str,
    reply: Reply,
    job_code: str,
    temporary: bool,
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = reply
    started = time.monotonic()
    with pytest.raises(exceptions.ProviderError) as caught:
        make_provider(first_token=0.6, total=1.2).complete(ask())
    assert time.monotonic() - started < 4
    assert (caught.value.job_code, caught.value.temporary) == (job_code, temporary)
    assert (caught.value.code, caught.value.status) == ("provider_unavailable", 503)
    assert caught.value.details["reason"] == job_code
    assert caught.value.operator_detail
    assert str(caught.value)
    provider_server.wait_until(lambda: all(call.ended_at for call in provider_server.calls))
    assert open_connections(provider_server.port) == 0
    assert len(provider_server.calls) == 1, "retries belong to the job engine"


@pytest.mark.parametrize(("name", "reply", "job_code"), WORDED, ids=[case[0] for case in WORDED])
def test_provider_refusal_is_read_for_its_reason(
    name: str,
    reply: Reply,
    job_code: str,
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = reply
    with pytest.raises(exceptions.ProviderError) as caught:
        make_provider().complete(ask())
    assert caught.value.job_code == job_code


@pytest.mark.parametrize("kind", ["invalid_json", "wrong_schema", "empty", "garbage", "html"])
def test_structured_answer_that_stays_unusable_is_invalid(
    kind: str,
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = Reply(kind)
    with pytest.raises(exceptions.ProviderAnswerInvalid):
        make_provider().complete(ask(schema=PLAN_SCHEMA))


def test_structured_answer_ends_at_the_total_limit_when_nothing_comes(
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = Reply("hang")
    started = time.monotonic()
    with pytest.raises(exceptions.ProviderTimeout):
        make_provider(first_token=0.1, total=0.8).complete(ask(schema=PLAN_SCHEMA))
    assert 0.7 < time.monotonic() - started < 3


@pytest.mark.parametrize("kind", ["hang", "comments"])
def test_first_token_limit_ends_an_answer_that_never_begins(
    kind: str,
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = Reply(kind)
    started = time.monotonic()
    with pytest.raises(exceptions.ProviderTimeout, match="did not begin to answer"):
        make_provider(first_token=0.5, total=30).complete(ask())
    assert time.monotonic() - started < 3


def test_first_token_limit_does_not_end_an_answer_that_began(
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = Reply(text="one two three four five six seven eight nine", chunk_seconds=0.3)
    completion = make_provider(first_token=0.5, total=10).complete(ask())
    assert completion.text == "one two three four five six seven eight nine"


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("99999", 3600.0), ("-3", 0.0), ("soon", None), ("nan", None)]
)
def test_rate_limit_carries_the_wait_the_server_asks_for(
    header: str,
    seconds: float | None,
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = Reply("status", status=429, headers={"Retry-After": header})
    with pytest.raises(exceptions.ProviderRateLimited) as caught:
        make_provider().complete(ask())
    assert caught.value.retry_after_seconds == seconds
    assert caught.value.headers == ({} if seconds is None else {"Retry-After": str(-int(-seconds // 1))})


def test_rate_limit_understands_an_http_date(
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    headers = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    provider_server.default = Reply("status", status=429, headers=headers)
    with pytest.raises(exceptions.ProviderRateLimited) as caught:
        make_provider().complete(ask())
    assert caught.value.retry_after_seconds == 0.0


@pytest.mark.parametrize(
    ("address", "tried"),
    [
        ("http://127.0.0.1:9/v1", "127.0.0.1, port 9: "),
        ("http://no-such-host.invalid/v1", "no-such-host.invalid, port 80: "),
    ],
)
def test_address_that_does_not_answer_is_unreachable_and_named_to_the_operator(
    address: str,
    tried: str,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    with pytest.raises(exceptions.ProviderUnreachable) as caught:
        make_provider(base_url=address).complete(ask())
    assert tried in caught.value.operator_detail
    assert address not in str(caught.value.message)


def test_key_never_appears_in_an_error(
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    body = {"error": {"message": "Incorrect API key provided: secret-key-1."}}
    provider_server.default = Reply("status", status=401, body=body)
    with pytest.raises(exceptions.ProviderRefused) as caught:
        make_provider().complete(ask())
    shown = f"{caught.value} {caught.value.operator_detail} {caught.value.details}"
    assert "secret-key-1" not in shown
    assert "Incorrect API key provided: [key]" in shown


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "ftp://models.example/v1"},
        {"base_url": "models.example/v1"},
        {"base_url": "http://"},
        {"base_url": "http://[::bad"},
        {"api_key": "two\nlines"},
        {"api_key": "schlüssel"},
        {"model": "  "},
    ],
)
def test_provider_that_cannot_be_used_says_so_before_anything_is_sent(
    options: dict[str, str], make_provider: Callable[..., OpenAICompatibleProvider]
) -> None:
    with pytest.raises(exceptions.ProviderMisconfigured) as caught:
        make_provider(**options)
    assert "expected" in caught.value.operator_detail or "URL" in caught.value.operator_detail


def test_no_file_descriptor_stays_open_after_many_faults(
    provider_server: ProviderServer,
    make_provider: Callable[..., OpenAICompatibleProvider],
    ask: Callable[..., CompletionRequest],
) -> None:
    provider_server.default = Reply("half_stream")
    provider, process = make_provider(), psutil.Process()
    open_before = process.num_fds()
    for _attempt in range(5):
        with pytest.raises(exceptions.ProviderUnreachable):
            provider.complete(ask())
    provider_server.wait_until(lambda: process.num_fds() <= open_before)
