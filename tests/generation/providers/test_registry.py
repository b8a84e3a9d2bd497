"""Which provider the operator's settings ask for."""

import subprocess
import sys

import pytest
from pytest_django.fixtures import Settings

from generation.exceptions import ProviderMisconfigured
from generation.providers import provider_class, provider_from_settings
from generation.providers.openai_compatible import OpenAICompatibleProvider
from generation.providers.registry import PROVIDERS
from generation.providers.scaffold import ScaffoldProvider
from tests.support.provider_server import ProviderServer


def test_without_a_model_the_scaffold_writes(settings: Settings) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = "", ""
    assert isinstance(provider_from_settings(), ScaffoldProvider)


def test_with_address_and_model_the_model_writes(llm_settings: ProviderServer, settings: Settings) -> None:
    settings.LLM_TIMEOUT_S, settings.LLM_FIRST_TOKEN_TIMEOUT_S = 12.0, 3.0
    provider = provider_from_settings()
    assert isinstance(provider, OpenAICompatibleProvider)
    assert (provider.base_url, provider.model) == (llm_settings.base_url, "played-model")
    assert (provider.timeouts.total_seconds, provider.timeouts.first_token_seconds) == (12.0, 3.0)


def test_every_registered_provider_has_the_name_it_is_registered_by() -> None:
    assert {name: provider_class(name).name for name in PROVIDERS} == {name: name for name in PROVIDERS}


def test_unknown_provider_is_named_with_those_there_are() -> None:
    with pytest.raises(ProviderMisconfigured) as caught:
        provider_class("telepathy")
    assert caught.value.operator_detail == "provider: expected one of openai_compatible, scaffold; found 'telepathy'"


def test_importing_providers_and_prompts_does_not_load_the_sdk() -> None:
    code = "import generation.prompts, generation.providers, sys; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
