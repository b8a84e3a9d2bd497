"""The played model provider as pytest fixtures."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from generation.providers.openai_compatible.dialect import forget_all
from tests.support.provider_plays import MODEL
from tests.support.provider_server import ProviderServer


@pytest.fixture
def provider_server() -> Iterator[ProviderServer]:
    """A model server of this test's own; what was learnt about servers before is forgotten."""
    forget_all()
    with ProviderServer() as server:
        yield server


@pytest.fixture
def llm_settings(provider_server: ProviderServer, settings: Settings) -> ProviderServer:
    """The played server as the operator's own model, for everything that reads the settings in this process."""
    settings.LLM_BASE_URL = provider_server.base_url
    settings.LLM_API_KEY = "played-key"
    settings.LLM_MODEL = MODEL
    return provider_server
