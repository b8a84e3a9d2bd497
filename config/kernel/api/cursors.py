"""Cursors: the place in an ordered list where a page ends, as opaque text that a client hands back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Field, Q, QuerySet
from django.utils.translation import gettext as _

from config.kernel.errors import ValidationFailed

CURSOR_MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row's place: the ordering, the value in its column, the row's id; `backward` reads towards the start."""

    ordering: str
    backward: bool
    value: Any
    row_id: Any

    @property
    def column(self) -> str:
        """The column that orders."""
        return self.ordering.lstrip("-")

    def encode(self) -> str:
        """The text that `decode` reads."""
        raw = orjson.dumps([self.ordering, self.backward, self.value, self.row_id], default=str)
        return urlsafe_b64encode(raw).decode().rstrip("=")

    def beyond(self) -> Q:
        """The rows past this place. PostgreSQL holds null above every value, and so does this.

        The outer bound repeats what the inner one says: an index on the column serves it, a plain `or` it would not.
        """
        rising = self.ordering.startswith("-") == self.backward
        sign = "gt" if rising else "lt"
        if self.column == "id":
            return Q(**{f"id__{sign}": self.row_id})
        null, later = Q(**{f"{self.column}__isnull": True}), Q(**{f"id__{sign}": self.row_id})
        if self.value is None:
            return null & later if rising else (null & later) | ~null
        bound = Q(**{f"{self.column}__{sign}e": self.value})
        found = bound & (Q(**{f"{self.column}__{sign}": self.value}) | later)
        return found | null if rising else found


def column_of(queryset: QuerySet[Any], name: str) -> "Field[Any, Any]":
    """The field behind a column of the query: the model's own, or that of an annotation."""
    annotation = queryset.query.annotations.get(name)
    return annotation.output_field if annotation is not None else queryset.model._meta.get_field(name)


def decode(text: str, *, ordering: str, queryset: QuerySet[Any]) -> Cursor:
    """The cursor that a client handed back.

    Raises:
        ValidationFailed: when it is not one of ours, or belongs to another ordering.
    """
    try:
        known, backward, value, row_id = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        ours = len(text) <= CURSOR_MAX_CHARACTERS and isinstance(known, str) and isinstance(backward, bool)
        if ours and known == ordering:
            value = column_of(queryset, ordering.lstrip("-")).to_python(_scalar(value))
            row_id = queryset.model._meta.pk.to_python(_scalar(row_id))
            ours = row_id is not None
    except (ValueError, TypeError, OverflowError, DjangoValidationError) as error:
        raise ValidationFailed.field("cursor", _("This is not a cursor of this list.")) from error
    if not ours:
        raise ValidationFailed.field("cursor", _("This is not a cursor of this list."))
    if known != ordering:
        raise ValidationFailed.field("cursor", _("This cursor belongs to another ordering."))
    return Cursor(ordering, backward, value, row_id)


def _scalar(value: Any) -> Any:
    """A value that can stand in a column's place.

    Raises:
        TypeError: for anything structured, and for text that PostgreSQL can't hold.
    """
    if isinstance(value, list | dict) or (isinstance(value, str) and "\x00" in value):
        raise TypeError
    return value
