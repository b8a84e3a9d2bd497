"""A wish to stop ends a call within a second, whatever the server does, and closes the connection."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from generation.exceptions import CallAborted, ProviderError
from generation.providers import CompletionRequest
from generation.providers.openai_compatible import OpenAICompatibleProvider
from tests.generation.providers.conftest import PLAN_SCHEMA
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer

Make = Callable[..., OpenAICompatibleProvider]
Ask = Callable[..., CompletionRequest]


@pytest.mark.parametrize(
    ("reply", "schema"),
    [
        (Reply(chunk_seconds=0.05), None),
        (Reply(chunk_seconds=5.0), None),
        (Reply("hang"), None),
        (Reply("comments"), None),
        (Reply("hang"), PLAN_SCHEMA),
    ],
    ids=["between chunks", "between slow chunks", "before the first token", "between comments", "waiting for JSON"],
)
def test_call_stops_within_a_second_of_the_wish(
    reply: Reply, schema: dict[str, object] | None, provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = reply
    wished_at: list[float] = []

    def should_stop() -> bool:
        if not wished_at and provider_server.calls:
            wished_at.append(time.monotonic() + 0.5)
        return bool(wished_at) and time.monotonic() > wished_at[0]

    with pytest.raises(CallAborted) as caught:
        make_provider(first_token=20, total=20).complete(ask(schema=schema), should_stop=should_stop)
    assert time.monotonic() - wished_at[0] < 1.0
    assert not isinstance(caught.value, ProviderError)
    provider_server.wait_until(lambda: provider_server.calls[0].outcome == "closed_by_client")


def test_wish_before_the_call_sends_nothing(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    with pytest.raises(CallAborted):
        make_provider().complete(ask(), should_stop=lambda: True)
    assert provider_server.calls == []


def test_wish_is_asked_at_most_four_times_a_second(
    provider_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    provider_server.default = Reply(text=" ".join(["word"] * 200), chunk_seconds=0.02)
    asked_at: list[float] = []

    def should_stop() -> bool:
        asked_at.append(time.monotonic())
        return False

    make_provider().complete(ask(), should_stop=should_stop)
    gaps = [later - earlier for earlier, later in pairwise(asked_at)]
    assert len(gaps) >= 2
    assert min(gaps) >= 0.25


def test_error_inside_the_wish_passes_through(provider_server: ProviderServer, make_provider: Make, ask: Ask) -> None:
    def should_stop() -> bool:
        if provider_server.calls:
            raise LookupError("the job is gone")
        return False

    provider_server.default = Reply("hang")
    with pytest.raises(LookupError, match="the job is gone"):
        make_provider().complete(ask(), should_stop=should_stop)
    provider_server.wait_until(lambda: provider_server.calls[0].outcome == "closed_by_client")
