"""Reading what a server sent, streamed or whole, without trusting its shape."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generation.exceptions import (
    ContentFiltered,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from generation.providers.base import FinishReason, Usage

TOKENS_MAX = 1_000_000_000  # a count beyond this is no count


@dataclass(slots=True)
class Answer:
    """An answer as far as it has come. `usage` is None until, or unless, the server counts tokens."""

    pieces: list[str] = field(default_factory=list)
    finish: str | None = None
    usage: Usage | None = None
    model: str = ""
    received_chars: int = 0
    began: bool = False
    streamed: bool = False

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.pieces)

    def take_chunk(self, chunk: Mapping[str, Any]) -> str:
        """Add one chunk of a stream and give back its text. Thoughts count as a beginning, not as text."""
        self.streamed = True
        self._take_frame(chunk)
        choice = _first_choice(chunk, required=False)
        delta = _mapping(choice.get("delta"))
        piece = delta.get("content")
        piece = piece if isinstance(piece, str) else ""
        self.began = self.began or bool(piece or delta.get("reasoning_content") or delta.get("reasoning"))
        self._take_text(piece, choice, delta)
        return piece

    def take_whole(self, body: Mapping[str, Any]) -> None:
        """Read an answer that came in one piece; raises `ProviderAnswerInvalid` when there is no message in it."""
        self._take_frame(body)
        choice = _first_choice(body, required=True)
        message = choice.get("message")
        if not isinstance(message, Mapping):
            raise ProviderAnswerInvalid(
                operator_detail=f"choices[0].message: expected an object, found {message!r:.100}"
            )
        content = message.get("content")
        if content is not None and not isinstance(content, str):
            detail = f"choices[0].message.content: expected text, found {type(content).__name__}"
            raise ProviderAnswerInvalid(operator_detail=detail)
        self._take_text(content or "", choice, message)

    def finished(self) -> FinishReason:
        """Why the answer ended. Raises `ContentFiltered`, and `ProviderUnreachable` for a stream that just stops."""
        if self.finish == "content_filter":
            raise ContentFiltered(operator_detail="finish_reason: content_filter")
        if self.finish is None and self.streamed:
            detail = f"the stream ended without a finish_reason after {self.received_chars} characters"
            raise ProviderUnreachable(operator_detail=detail)
        known = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH, None: FinishReason.STOP}
        return known.get(self.finish, FinishReason.OTHER)

    def _take_frame(self, frame: Mapping[str, Any]) -> None:
        model = frame.get("model")
        self.model = model if isinstance(model, str) and model else self.model
        usage = frame.get("usage")
        if isinstance(usage, Mapping):
            prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
            self.usage = self.usage if prompt is None or completion is None else Usage(prompt, completion)

    def _take_text(self, piece: str, choice: Mapping[str, Any], part: Mapping[str, Any]) -> None:
        refusal = part.get("refusal")
        if isinstance(refusal, str) and refusal:
            raise ContentFiltered(operator_detail=f"refusal: {refusal[:300]}")
        self.pieces.append(piece)
        self.received_chars += len(piece)
        finish = choice.get("finish_reason")
        self.finish = finish if isinstance(finish, str) else self.finish


def whole_body(raw: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; raises `ProviderAnswerInvalid` for anything else."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProviderAnswerInvalid(operator_detail=f"expected JSON; {error}; found {raw[:100]!r}") from error
    if not isinstance(body, dict):
        raise ProviderAnswerInvalid(operator_detail=f"expected a JSON object, found {type(body).__name__}")
    return body


def chunks_of(stream: Any) -> Iterator[Mapping[str, Any]]:
    """The chunks of an SDK stream as plain mappings; raises `ProviderAnswerInvalid` for data that is not JSON."""
    try:
        for chunk in stream:
            yield chunk.model_dump(warnings=False)
    except (ValueError, AttributeError, RecursionError) as error:
        detail = f"expected chunks of a chat completion; {type(error).__name__}: {error!s:.200}"
        raise ProviderAnswerInvalid(operator_detail=detail) from error


def _first_choice(frame: Mapping[str, Any], *, required: bool) -> Mapping[str, Any]:
    choices = frame.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    if required:
        found = f"{choices!r:.100}; error: {frame.get('error')!r:.300}"
        raise ProviderAnswerInvalid(operator_detail=f"choices: expected a list with one choice, found {found}")
    return {}


def _count(value: Any) -> int | None:
    """A number of tokens, or None for anything that can't be one."""
    return value if type(value) is int and 0 <= value <= TOKENS_MAX else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
