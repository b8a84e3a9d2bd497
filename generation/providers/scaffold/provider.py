"""The embedded default: a provider that needs no model and never pretends to be one."""

import json
from collections.abc import Iterable
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from generation.exceptions import CallAborted, ProviderRequestRejected
from generation.providers.base import (
    Completion,
    CompletionRequest,
    OnDelta,
    Provider,
    Purpose,
    ShouldStop,
    Usage,
)
from generation.providers.structured import require_schema

from .material import Material, material_of
from .page import page_of
from .phrases import Phrases, phrases_for
from .plan import plan_of

CHAPTERS_DEFAULT = 10
CHAPTERS_MAX = 200


class ScaffoldProvider(Provider):
    """Plans and chapter scaffolds from the project's own brief, plan and notes, taken from `request.metadata`.

    The same request gives the same text, byte for byte. It uses no tokens, and every page says that no model wrote it.
    """

    name = "scaffold"

    @classmethod
    def from_settings(cls) -> Self:
        """There is nothing to set."""
        return cls()

    @property
    def model(self) -> str:
        """The generation of the scaffold's wordings and rules."""
        return "scaffold-1"

    def complete(
        self,
        request: CompletionRequest,
        *,
        on_delta: OnDelta | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Completion:
        """A plan as JSON or a page as Markdown, by the request's purpose.

        Raises `ProviderRequestRejected` for a chapter count outside 1 to `CHAPTERS_MAX`, and
        `ProviderAnswerInvalid` when the request's schema is not one a scaffold can meet.
        """
        material = material_of(request.metadata, seed=request.seed)
        phrases = phrases_for(material.language)
        if request.purpose is Purpose.PLAN:
            return self._plan(request, material, phrases, should_stop)
        text = _delivered(page_of(material, phrases), on_delta, should_stop)
        return Completion(text=text, usage=Usage(), model=self.model, provider=self.name)

    def _plan(
        self, request: CompletionRequest, material: Material, phrases: Phrases, should_stop: ShouldStop | None
    ) -> Completion:
        chapters = CHAPTERS_DEFAULT if material.chapters is None else material.chapters
        if not 1 <= chapters <= CHAPTERS_MAX:
            expected, found = f"1 to {CHAPTERS_MAX}", chapters
            message = _("chapters: expected %(expected)s, found %(found)s.") % {"expected": expected, "found": found}
            raise ProviderRequestRejected(message)
        _stop_if(should_stop)
        plan: dict[str, Any] = plan_of(material, phrases, chapters=chapters)
        if request.schema is not None:
            require_schema(plan, request.schema)
        text = json.dumps(plan, ensure_ascii=False, indent=2)
        return Completion(text=text, usage=Usage(), model=self.model, provider=self.name, data=plan)


def _delivered(blocks: Iterable[str], on_delta: OnDelta | None, should_stop: ShouldStop | None) -> str:
    """The blocks as one document, told to the caller one by one."""
    text = ""
    for block in blocks:
        _stop_if(should_stop)
        piece = block if not text else f"\n\n{block}"
        text += piece
        if on_delta is not None:
            on_delta(piece)
    return text + "\n"


def _stop_if(should_stop: ShouldStop | None) -> None:
    if should_stop is not None and should_stop():
        raise CallAborted
