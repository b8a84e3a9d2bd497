"""What a server understands of the protocol: all of it at first, less by one thing after each refusal.

What was learnt is kept per endpoint and model for the life of the process, so that only the first call pays for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from generation.providers.base import CompletionRequest

# Keywords that constrained decoding does not know everywhere; our own validation holds the answer to all of them.
LOCAL_KEYWORDS = frozenset(
    {
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "uniqueItems",
        "$schema",
    }
)


class JsonMode(StrEnum):
    """How a JSON answer is asked for, from the strictest to none."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The optional parts of the protocol that a server takes."""

    json_mode: JsonMode = JsonMode.SCHEMA
    stream_usage: bool = True
    limit_name: str = "max_tokens"
    temperature: bool = True
    seed: bool = True

    def parameters(self, request: CompletionRequest) -> dict[str, Any]:
        """The request's options as this dialect writes them; model, messages and streaming are not among them."""
        options: dict[str, Any] = {}
        if request.max_output_tokens is not None:
            options[self.limit_name] = request.max_output_tokens
        if request.temperature is not None and self.temperature:
            options["temperature"] = request.temperature
        if request.seed is not None and self.seed:
            options["seed"] = request.seed
        if request.schema is None:
            if self.stream_usage:
                options["stream_options"] = {"include_usage": True}
        elif self.json_mode is JsonMode.SCHEMA:
            wanted = {"name": request.purpose.value, "strict": True, "schema": wire_schema(request.schema)}
            options["response_format"] = {"type": "json_schema", "json_schema": wanted}
        elif self.json_mode is JsonMode.OBJECT:
            options["response_format"] = {"type": "json_object"}
        return options

    def simpler(self, request: CompletionRequest, words: str) -> "Dialect | None":
        """The dialect to try after a refusal that said `words` (in lower case); None when nothing is left to give up.

        A parameter that the refusal names goes first; without a name the two that servers most often lack go.
        """
        json_step = JsonMode.OBJECT if self.json_mode is JsonMode.SCHEMA else JsonMode.PROMPT
        without_format = replace(self, json_mode=json_step)
        has_format = request.schema is not None and self.json_mode is not JsonMode.PROMPT
        has_usage = request.schema is None and self.stream_usage
        named: list[tuple[tuple[str, ...], bool, Dialect]] = [
            (("stream_options", "include_usage"), has_usage, replace(self, stream_usage=False)),
            (("response_format", "json_schema", "json_object", "schema", "structured"), has_format, without_format),
            (
                ("max_tokens", "max_completion_tokens"),
                request.max_output_tokens is not None and self.limit_name == "max_tokens",
                replace(self, limit_name="max_completion_tokens"),
            ),
            (("temperature",), request.temperature is not None and self.temperature, replace(self, temperature=False)),
            (("seed",), request.seed is not None and self.seed, replace(self, seed=False)),
        ]
        for names, in_use, without in named:
            if in_use and any(name in words for name in names):
                return without
        return without_format if has_format else replace(self, stream_usage=False) if has_usage else None


_learnt: dict[tuple[str, str], Dialect] = {}


def dialect_of(base_url: str, model: str) -> Dialect:
    """What is known of this endpoint and model in this process."""
    return _learnt.get((base_url, model), Dialect())


def remember(base_url: str, model: str, dialect: Dialect) -> None:
    """Keep a dialect that worked."""
    _learnt[(base_url, model)] = dialect


def forget_all() -> None:
    """Forget every dialect, as a new process would."""
    _learnt.clear()


def wire_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the keywords that only our own validation checks."""

    def stripped(value: Any, *, names: bool = False) -> Any:
        if isinstance(value, Mapping):
            kept = value.items() if names else ((key, one) for key, one in value.items() if key not in LOCAL_KEYWORDS)
            return {key: stripped(one, names=not names and key in ("properties", "$defs")) for key, one in kept}
        return [stripped(one) for one in value] if isinstance(value, list) else value

    return dict(stripped(schema))
