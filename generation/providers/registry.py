"""Which providers exist, by name, and the one the operator's settings ask for."""

from django.conf import settings
from django.utils.module_loading import import_string

from generation.exceptions import ProviderMisconfigured

from .base import Provider

# Dotted paths: the SDK behind a provider costs most of a second to import, and only workers need it.
PROVIDERS = {
    "openai_compatible": "generation.providers.openai_compatible.OpenAICompatibleProvider",
    "scaffold": "generation.providers.scaffold.ScaffoldProvider",
}


def provider_class(name: str) -> type[Provider]:
    """The provider registered under `name`; raises `ProviderMisconfigured` for an unknown one."""
    if name not in PROVIDERS:
        expected = ", ".join(sorted(PROVIDERS))
        raise ProviderMisconfigured(operator_detail=f"provider: expected one of {expected}; found {name!r}")
    loaded: type[Provider] = import_string(PROVIDERS[name])
    return loaded


def provider_from_settings() -> Provider:
    """The operator's own provider: `openai_compatible` when LLM_BASE_URL and LLM_MODEL are set, else `scaffold`."""
    name = "openai_compatible" if settings.LLM_BASE_URL and settings.LLM_MODEL else "scaffold"
    return provider_class(name).from_settings()
