"""The few sentences a provider adds to a prompt itself: the schema in words, and the request for a repair."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generation.exceptions import PromptInvalid

FILE_NAME = "shared/structured_answers.yaml"


class StructuredWording(BaseModel):
    """The texts of `structured_answers.yaml`. `{schema}` and `{problem}` stand for what is put in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    schema_in_prompt: str = Field(pattern=r"\{schema\}")
    repair: str = Field(pattern=r"\{problem\}")


def load_wording(directory: Path) -> StructuredWording:
    """The wording from a prompts directory; raises `PromptInvalid` naming file, key and problem."""
    path = directory / FILE_NAME
    try:
        return StructuredWording.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptInvalid(prompt=FILE_NAME, problems=(f"{FILE_NAME}: {error}",)) from error
    except ValidationError as error:
        lines = tuple(f"{FILE_NAME}: {_key(one['loc'])}: {one['msg']}" for one in error.errors())
        raise PromptInvalid(prompt=FILE_NAME, problems=lines) from error


def schema_message(schema: Mapping[str, Any]) -> str:
    """What tells a server without JSON-schema output which JSON is wanted."""
    return _current().schema_in_prompt.replace("{schema}", json.dumps(schema, ensure_ascii=False))


def repair_message(problem: str) -> str:
    """What asks a model to mend an answer that did not validate."""
    return _current().repair.replace("{problem}", problem)


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "(file)"


def _current() -> StructuredWording:
    return _cached(Path(settings.PROMPTS_DIR))


@cache
def _cached(directory: Path) -> StructuredWording:
    return load_wording(directory)
