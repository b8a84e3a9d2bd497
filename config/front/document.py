"""The OpenAPI document as it stands in `docs/api/openapi.yaml`."""

from pathlib import Path
from typing import Any

import yaml
from django.utils import translation
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from config.env import BASE_DIR


class UndescribedApi(Exception):
    """Views that the document can't describe; the message holds a line for each."""


def committed_path() -> Path:
    """Where the document is kept."""
    return BASE_DIR / "docs" / "api" / "openapi.yaml"


def committed_document() -> dict[str, Any]:
    """The document that clients build on; empty before the first."""
    path = committed_path()
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def generated_text() -> str:
    """The document of the present code, in English, as YAML.

    Raises:
        UndescribedApi: when drf-spectacular warned about anything.
        jsonschema.ValidationError: when the document is no OpenAPI.
    """
    GENERATOR_STATS.reset()
    with translation.override("en"), GENERATOR_STATS.silence():
        document = SchemaGenerator().get_schema(request=None, public=True)
    problems = [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache]  # noqa: SLF001  (it only prints them)
    if problems:
        raise UndescribedApi("\n".join(problems))
    validate_schema(document)
    text: bytes = OpenApiYamlRenderer().render(document, renderer_context={})
    return text.decode()
