"""Model servers that speak the OpenAI chat protocol."""

from .provider import OpenAICompatibleProvider
from .watch import Timeouts

__all__ = ["OpenAICompatibleProvider", "Timeouts"]
