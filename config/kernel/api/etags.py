"""Preconditions: strong ETags of versions, `If-Match` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from config.kernel.errors import Malformed, PreconditionRequired

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def etag_of(object_id: UUID | str, version: Any) -> str:
    """The strong ETag of one version of one object; another object's never matches."""
    return f'"{object_id}.{version}"'


def _listed(header: str) -> list[tuple[bool, str]]:
    """Each ETag of a header as (weak, quoted tag).

    Raises:
        Malformed: when the header is not a list of ETags.
    """
    found, position = [], 0
    while position < len(header):
        match = _ETAG.match(header, position)
        if match is None:
            raise Malformed(details={"header": header[:200], "expected": 'a list of ETags such as "1a2b.3"'})
        found.append((bool(match[1]), f'"{match[2]}"'))
        position = match.end()
        while position < len(header) and header[position] in ", \t":
            position += 1
    return found


def if_match(request: Request, current: str) -> bool:
    """Whether the request's `If-Match` names `current`. Weak tags never do (strong comparison); `*` always does not:
    a writer has to say which version was read.

    Raises:
        PreconditionRequired: without the header, or with `*`.
        Malformed: when it can't be read.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        raise PreconditionRequired
    return any(not weak and tag == current for weak, tag in _listed(header))


def version_named(request: Request, object_id: UUID | str) -> int:
    """The version of `object_id` that `If-Match` names; the newest when it names several, 0 when it names none.

    The version is the number behind the id; what follows it in the tag (a digest of what else is shown) does not
    matter to a writer. Weak tags and other objects' tags name nothing.

    Raises:
        PreconditionRequired: without the header, or with `*`.
        Malformed: when it can't be read.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        raise PreconditionRequired
    named = [tag[1:-1].split(".") for weak, tag in _listed(header) if not weak]
    versions = [parts[1] for parts in named if len(parts) > 1 and parts[0] == str(object_id)]
    return max((int(text) for text in versions if text.isascii() and text.isdecimal() and len(text) < 10), default=0)


def not_modified(request: Request, current: str) -> bool:
    """Whether `If-None-Match` names `current` (weak comparison), so that 304 is the answer."""
    header = request.headers.get("If-None-Match", "").strip()
    if not header:
        return False
    return header == "*" or any(tag == current for _weak, tag in _listed(header))
