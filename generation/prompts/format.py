"""The format of a prompt file, and reading one: YAML without aliases or doubled keys, then a strict model."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

SOURCE_MAX_BYTES = 64 * 1024
VARIABLE_MAX_CHARS = 400_000

Model = TypeVar("Model", bound=BaseModel)
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Template = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a prompt file: where, what was expected, what was found."""

    file: str
    key: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: expected {self.expected}, found {self.found}"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class VariableSpec(_Strict):
    """One variable of a template. `max_chars` bounds all the text in its value together."""

    type: Literal["text", "integer", "boolean", "list", "object"]
    required: bool = False
    description: str = ""
    max_chars: int = Field(default=4_000, gt=0, le=VARIABLE_MAX_CHARS)
    minimum: int | None = None
    maximum: int | None = None


class OutputSpec(_Strict):
    """What a JSON answer has to look like. `exact_counts` binds the length of a list of it to an integer variable."""

    json_schema: dict[str, Any] = Field(alias="schema")
    exact_counts: dict[str, Name] = {}

    @field_validator("json_schema")
    @classmethod
    def _is_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"not a JSON schema: {error.message}") from error
        if schema.get("type") != "object":
            raise ValueError("a JSON answer has to be an object")
        return schema

    @model_validator(mode="after")
    def _counts_are_lists(self) -> "OutputSpec":
        properties = self.json_schema.get("properties", {})
        for name in self.exact_counts:
            if properties.get(name, {}).get("type") != "array":
                raise ValueError(f"exact_counts.{name}: expected a list of the schema's top level")
        return self


class ValidationSpec(_Strict):
    """What a text answer has to meet: its length, a heading at its top, headings that must occur."""

    max_chars: int = Field(default=100_000, gt=0, le=1_000_000)
    starts_with_heading: bool = False
    required_sections: tuple[str, ...] = Field(default=(), strict=False)


class PromptFile(_Strict):
    """A prompt as its file has it."""

    name: Name
    version: int = Field(gt=0)
    description: str = Field(min_length=1)
    variables: dict[Name, VariableSpec]
    system: Template
    user: Template
    output: OutputSpec | None = None
    validation: ValidationSpec = ValidationSpec()

    @model_validator(mode="after")
    def _counts_are_variables(self) -> "PromptFile":
        for name, variable in (self.output.exact_counts if self.output else {}).items():
            spec = self.variables.get(variable)
            if spec is None or spec.type != "integer" or not spec.required:
                raise ValueError(f"output.exact_counts.{name}: expected a required integer variable, found {variable}")
        return self


class RulesFile(_Strict):
    """Texts that several prompts share; a template names one as `rules.<name>`. They are text, not templates."""

    description: str
    rules: dict[Name, str]


class SourceInvalid(ValueError):
    """A file that is not of its format; `problems` lists everything found."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems."""
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def read_source(path: Path, model: type[Model]) -> Model:
    """The file as that model; raises `SourceInvalid` with every problem found."""
    data = _data(path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SourceInvalid([_problem(path, one) for one in error.errors(include_url=False)]) from error


class _Loader(yaml.CSafeLoader):
    """Safe YAML that refuses a key given twice instead of keeping the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _data(path: Path) -> Mapping[str, Any]:
    try:
        raw = path.read_bytes()
        if len(raw) > SOURCE_MAX_BYTES:
            raise SourceInvalid([Problem(path.name, "(file)", f"at most {SOURCE_MAX_BYTES} bytes", str(len(raw)))])
        text = raw.decode("utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
            raise SourceInvalid([Problem(path.name, "(file)", "no aliases (*name)", "one")])
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  (a safe loader with one more check)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError) as error:
        raise SourceInvalid([Problem(path.name, "(file)", "YAML in UTF-8", " ".join(str(error).split()))]) from error
    if not isinstance(data, dict):
        raise SourceInvalid([Problem(path.name, "(file)", "a mapping", type(data).__name__)])
    return data


def _problem(path: Path, error: Any) -> Problem:
    key = ".".join(str(part) for part in error["loc"]) or "(file)"
    value = error.get("input")
    found = "nothing" if error["type"] == "missing" else f"{type(value).__name__} {value!r:.80}"
    if error["type"] == "extra_forbidden":
        return Problem(path.name, key, "no such key", found)
    expected = "a value" if error["type"] == "missing" else str(error["msg"]).removeprefix("Value error, ")
    return Problem(path.name, key, expected, found)
