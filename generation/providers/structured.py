"""JSON answers: found in a model's text, parsed, and held against the schema that was asked for."""

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from generation.exceptions import ProviderAnswerInvalid

_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>\s*", re.DOTALL)
FOUND_MAX_CHARS = 120


def without_thoughts(text: str) -> str:
    """The text without a leading `<think>` block, which some open models put before their answer."""
    return _THOUGHTS.sub("", text, count=1)


def parse_answer(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object in a model's answer, valid by the schema; raises `ProviderAnswerInvalid` saying what is wrong.

    A Markdown code fence around the object is taken off; nothing else is guessed or mended.
    """
    bare = without_thoughts(text).strip()
    fenced = _FENCE.match(bare)
    try:
        data = json.loads(fenced.group(1) if fenced else bare, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProviderAnswerInvalid(operator_detail=f"expected JSON; {error}; found {_shown(bare)}") from error
    if not isinstance(data, dict):
        found = type(data).__name__
        raise ProviderAnswerInvalid(operator_detail=f"expected a JSON object; found {found}: {_shown(bare)}")
    require_schema(data, schema)
    return data


def require_schema(data: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise `ProviderAnswerInvalid` naming the place, the rule and the value when the data break the schema."""
    error: ValidationError | None = best_match(Draft202012Validator(schema).iter_errors(data))
    if error is not None:
        place = error.json_path
        raise ProviderAnswerInvalid(operator_detail=f"{place}: {error.message[:500]}")


def _refuse_constant(name: str) -> Any:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _shown(text: str) -> str:
    """The beginning of an answer, fit for a log line."""
    return repr(text if len(text) <= FOUND_MAX_CHARS else text[:FOUND_MAX_CHARS] + "…")
