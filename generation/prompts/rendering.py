"""From a prompt's name and variables to the messages for a model, and from its text to what is wrong with it."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generation.exceptions import PromptInvalid, PromptTooLarge, PromptVariablesInvalid
from generation.providers import Message, MessageRole

from .format import PromptFile, ValidationSpec, VariableSpec
from .library import Prompt, library, template_problem
from .sandbox import BoundExceeded, CompiledTemplate, TemplateRefused

DEPTH_MAX = 8
_EMPTY: Mapping[str, Any] = {"text": "", "integer": None, "boolean": False, "list": [], "object": {}}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "integer": int,
    "boolean": bool,
    "list": (list, tuple),
    "object": Mapping,
}


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """Messages ready for a provider. `schema` is that of a JSON answer, None for text."""

    name: str
    version: int
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None
    validation: ValidationSpec = field(default_factory=ValidationSpec)

    def problems_of(self, text: str) -> list[str]:
        """What an answer in text lacks by the prompt's validation, a sentence each; empty when nothing."""
        problems = []
        if len(text) > self.validation.max_chars:
            problems.append(f"expected at most {self.validation.max_chars} characters, found {len(text)}")
        if self.validation.starts_with_heading and not re.match(r"\s*#{1,6} \S", text):
            problems.append(f"expected a heading on the first line, found {text.strip()[:60]!r}")
        headings = {match.strip().casefold() for match in re.findall(r"^#{1,6} +(.+)$", text, re.MULTILINE)}
        missing = [name for name in self.validation.required_sections if name.casefold() not in headings]
        return [*problems, *(f"expected a section headed {name!r}, found none" for name in missing)]


def render(name: str, variables: Mapping[str, Any]) -> RenderedPrompt:
    """The prompt with its variables filled in.

    Raises `PromptUnknown`, `PromptInvalid` for a broken file, `PromptVariablesInvalid` naming every variable that is
    missing, unknown, of the wrong type or too long, and `PromptTooLarge` when the text passes its bounds.
    """
    prompt = library().get(name)
    values = checked_variables(prompt.file, variables)
    values["rules"] = prompt.rules
    return RenderedPrompt(
        name=name,
        version=prompt.file.version,
        messages=(
            Message(MessageRole.SYSTEM, _filled(prompt, "system", prompt.system, values)),
            Message(MessageRole.USER, _filled(prompt, "user", prompt.user, values)),
        ),
        schema=_schema(prompt.file, values),
        validation=prompt.file.validation,
    )


def checked_variables(file: PromptFile, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Every declared variable, the absent optional ones empty; raises `PromptVariablesInvalid` with all complaints."""
    fields = {name: ["expected no such variable"] for name in variables if name not in file.variables}
    values: dict[str, Any] = {}
    for name, spec in file.variables.items():
        value = variables.get(name)
        if value is None:
            values[name] = copy.copy(_EMPTY[spec.type])
            complaints = [f"expected {spec.type}, found nothing"] if spec.required else []
        else:
            values[name] = value
            complaints = _complaints(name, spec, value)
        fields |= {name: complaints} if complaints else {}
    if fields:
        shown = "; ".join(f"{name}: {complaints[0]}" for name, complaints in fields.items())
        raise PromptVariablesInvalid(f"{file.name}: {shown}", prompt=file.name, details={"fields": fields})
    return values


def _complaints(name: str, spec: VariableSpec, value: Any) -> list[str]:
    is_right = isinstance(value, _TYPES[spec.type]) and (spec.type == "boolean" or not isinstance(value, bool))
    if not is_right:
        return [f"expected {spec.type}, found {type(value).__name__}"]
    if isinstance(value, int):
        low, high = spec.minimum, spec.maximum
        outside = (low is not None and value < low) or (high is not None and value > high)
        return [f"expected a number from {low} to {high}, found {value}"] if outside else []
    try:
        length = _text_length(value, name)
    except ValueError as error:
        return [str(error)]
    return [f"expected at most {spec.max_chars} characters, found {length}"] if length > spec.max_chars else []


def _text_length(value: Any, path: str, depth: int = 0) -> int:
    """Characters of all text in a value; raises ValueError, naming the path, for what is not plain data."""
    if depth > DEPTH_MAX:
        raise ValueError(f"expected at most {DEPTH_MAX} levels, found more at {path}")
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise ValueError(f"expected text that can be written as UTF-8, found a lone surrogate at {path}")
        return len(value)
    if value is None or isinstance(value, bool | int | float):
        return len(str(value))
    if isinstance(value, Mapping):
        return sum(
            _text_length(key, path, depth + 1) + _text_length(entry, f"{path}.{key}", depth + 1)
            for key, entry in value.items()
        )
    if isinstance(value, list | tuple):
        return sum(_text_length(entry, f"{path}[{index}]", depth + 1) for index, entry in enumerate(value))
    raise ValueError(f"expected text, numbers, lists and mappings, found {type(value).__name__} at {path}")


def _filled(prompt: Prompt, key: str, template: CompiledTemplate, values: Mapping[str, Any]) -> str:
    name = prompt.file.name
    try:
        text = template.render(values)
    except BoundExceeded as error:
        raise PromptTooLarge(f"{name}: {key}: {error}", prompt=name) from error
    except TemplateRefused as error:
        problem = str(template_problem(name, key, error))
        raise PromptInvalid(problem, prompt=name, problems=(problem,)) from error
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _schema(file: PromptFile, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of the answer, its counted lists bound to their variables."""
    if file.output is None:
        return None
    schema = copy.deepcopy(file.output.json_schema)
    for name, variable in file.output.exact_counts.items():
        schema["properties"][name] |= {"minItems": values[variable], "maxItems": values[variable]}
    return schema
