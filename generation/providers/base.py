"""The port to language models: what is asked, what comes back, and the class every provider is.

A provider turns one `CompletionRequest` into one `Completion` or raises an error of `generation.exceptions`.
It does not retry: retries, budgets and checkpoints belong to the job engine.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, NotRequired, Self, TypedDict

OnDelta = Callable[[str], None]
ShouldStop = Callable[[], bool]


class MessageRole(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Purpose(StrEnum):
    """What a completion is for; `scaffold` works by it, others may route by it."""

    PLAN = "plan"
    CHAPTER = "chapter"


class FinishReason(StrEnum):
    """Why the text ended. `LENGTH`: the limit of output tokens was reached, the text is cut.

    A text ended by a content filter is no completion: providers raise `ContentFiltered`.
    """

    STOP = "stop"
    LENGTH = "length"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: MessageRole
    content: str


class NoteMetadata(TypedDict):
    """One note of the project: Markdown in `body`, where it comes from in `source`."""

    title: str
    body: str
    source: NotRequired[str]


class ChapterMetadata(TypedDict, total=False):
    """One chapter of a plan, as the schema of the plan prompts has it."""

    title: str
    summary: str
    beats: Sequence[str]
    point_of_view: str
    place: str
    characters: Sequence[str]


class RequestMetadata(TypedDict, total=False):
    """The structured material behind a prompt. Every key is optional; providers that send only messages ignore it.

    `kind` is `novel` or `article`, `language` a BCP 47 tag, `brief` the project's brief as stored, `plan` the
    accepted plan, `chapter` the one to write and `chapter_number` its place from 1, `chapters` the count wanted
    of a plan.
    """

    kind: str
    title: str
    language: str
    brief: Mapping[str, Any]
    notes: Sequence[NoteMetadata]
    chapters: int
    plan: Mapping[str, Any]
    chapter: ChapterMetadata
    chapter_number: int
    instructions: str
    target_words: int


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One question to a model.

    `schema` (a JSON schema) asks for a JSON answer that validates against it; None asks for text.
    `max_output_tokens` and `temperature` (0 to 2) of None leave the choice to the server.
    """

    messages: tuple[Message, ...]
    purpose: Purpose
    max_output_tokens: int | None = None
    temperature: float | None = None
    schema: Mapping[str, Any] | None = None
    seed: int | None = None
    metadata: RequestMetadata = field(default_factory=RequestMetadata)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call; `estimated` when the provider did not count them itself."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer. `data` is the parsed JSON when the request had a schema, else None; `text` is never blank."""

    text: str
    usage: Usage
    model: str
    provider: str
    finish_reason: FinishReason = FinishReason.STOP
    data: dict[str, Any] | None = None


class Provider(ABC):
    """A way to get text from a model.

    Instances are cheap, hold no open connection between calls, and may be shared by threads.
    """

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def from_settings(cls) -> Self:
        """The provider as the operator's settings describe it; raises `ProviderMisconfigured` when unusable."""

    @property
    @abstractmethod
    def model(self) -> str:
        """The model asked, as the provider names it."""

    @abstractmethod
    def complete(
        self,
        request: CompletionRequest,
        *,
        on_delta: OnDelta | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Completion:
        """Answer the request, or raise a `ProviderError`.

        `on_delta(text)` gets pieces of a text answer as they come (never of a JSON answer). `should_stop()` is
        asked at most four times a second, also while nothing arrives; when it says True the connection is closed
        and `CallAborted` raised. Both run in the caller's thread, and what they raise passes through.
        """


def estimate_tokens(text: str) -> int:
    """A rough count for servers that report no usage: four characters a token, at least one for any text."""
    return (len(text) + 3) // 4
