"""What a job is asked to do, checked by pydantic; complaints in the API's words."""

from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from config.kernel.errors import ValidationFailed

FOUND_MAX_CHARACTERS = 60

Input = TypeVar("Input", bound=BaseModel)


class JobInput(BaseModel):
    """Base of every kind's input: unknown names are refused, and text is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


def checked(model: type[Input], payload: Any) -> Input:
    """`payload` as `model`.

    Raises:
        ValidationFailed: naming for each field what was expected and what was found.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for item in error.errors(include_url=False):
            name = ".".join(str(part) for part in item["loc"]) or "non_field_errors"
            fields.setdefault(name, []).append(_complaint(item, model))
        raise ValidationFailed(details={"fields": fields}) from error


def _complaint(item: ErrorDetails, model: type[BaseModel]) -> str:
    """One sentence; kinds of error that have no sentence of ours keep pydantic's."""
    limits = item.get("ctx", {})
    found = repr(item["input"])
    found = found if len(found) <= FOUND_MAX_CHARACTERS else found[:FOUND_MAX_CHARACTERS] + "…"
    values = {**limits, "found": found, "known": ", ".join(sorted(model.model_fields))}
    sentences = {
        "missing": _("This field is required."),
        "extra_forbidden": _("Unknown field; known are: %(known)s."),
        "int_type": _("Expected a whole number, found %(found)s."),
        "bool_type": _("Expected true or false, found %(found)s."),
        "string_type": _("Expected text, found %(found)s."),
        "list_type": _("Expected a list, found %(found)s."),
        "greater_than_equal": _("Expected %(ge)s or more, found %(found)s."),
        "less_than_equal": _("Expected %(le)s or less, found %(found)s."),
        "string_too_long": _("Expected at most %(max_length)s characters."),
        "string_too_short": _("Expected at least %(min_length)s characters."),
        "literal_error": _("Expected %(expected)s, found %(found)s."),
    }
    sentence = sentences.get(item["type"])
    return sentence % values if sentence else str(item["msg"])
