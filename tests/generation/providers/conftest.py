"""The played provider for this folder, and requests to send it."""

from collections.abc import Callable
from typing import Any

import pytest

from generation.providers import CompletionRequest, Message, MessageRole, Purpose
from generation.providers.openai_compatible import OpenAICompatibleProvider, Timeouts
from tests.support.provider_fixtures import llm_settings, provider_server
from tests.support.provider_server import ProviderServer

__all__ = ["ask", "llm_settings", "make_provider", "provider_server"]

PLAN_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["synopsis", "chapters"],
    "properties": {
        "synopsis": {"type": "string", "minLength": 1},
        "chapters": {"type": "array", "minItems": 2, "items": {"type": "string"}},
    },
}


@pytest.fixture
def make_provider(provider_server: ProviderServer) -> Callable[..., OpenAICompatibleProvider]:
    """Build a provider for the played server; times in seconds."""

    def build(*, first_token: float = 5.0, total: float = 10.0, **options: Any) -> OpenAICompatibleProvider:
        options.setdefault("base_url", provider_server.base_url)
        options.setdefault("model", "played-model")
        options.setdefault("api_key", "secret-key-1")
        timeouts = Timeouts(connect_seconds=2.0, first_token_seconds=first_token, total_seconds=total)
        return OpenAICompatibleProvider(timeouts=timeouts, **options)

    return build


@pytest.fixture
def ask() -> Callable[..., CompletionRequest]:
    """Build a request with one user message."""

    def build(text: str = "Chapter 2: The Slip", **options: Any) -> CompletionRequest:
        return CompletionRequest((Message(MessageRole.USER, text),), Purpose.CHAPTER, **options)

    return build
