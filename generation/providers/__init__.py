"""Language models behind one port: a request in, a completion or an error of ours out."""

from .base import (
    ChapterMetadata,
    Completion,
    CompletionRequest,
    FinishReason,
    Message,
    MessageRole,
    NoteMetadata,
    Provider,
    Purpose,
    RequestMetadata,
    Usage,
    estimate_tokens,
)
from .registry import provider_class, provider_from_settings

__all__ = [
    "ChapterMetadata",
    "Completion",
    "CompletionRequest",
    "FinishReason",
    "Message",
    "MessageRole",
    "NoteMetadata",
    "Provider",
    "Purpose",
    "RequestMetadata",
    "Usage",
    "estimate_tokens",
    "provider_class",
    "provider_from_settings",
]
