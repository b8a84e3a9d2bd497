"""The parts that the played provider knows, by name."""

import gzip
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tests.support.provider_answers import json_for, text_for

MODEL = "played-model"
HUGE_BYTES = 11 * 1024 * 1024


@dataclass
class Reply:
    """How to answer one request. `kind` names one of `PLAYS`; `match` restricts it to bodies with that text."""

    kind: str = "normal"
    text: str | None = None
    data: Any = None
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    finish_reason: str = "stop"
    latency_seconds: float = 0.0
    chunk_seconds: float = 0.0
    parameter: str = ""
    match: str = ""


@dataclass
class Call:
    """A request as it came, and how it ended: `open`, `complete`, or `closed_by_client`."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    outcome: str = "open"
    ended_at: float | None = None

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages of the prompt."""
        return list(self.body.get("messages", []))


class ClientGone(Exception):
    """The client closed the connection before the answer was complete."""


class Owner(Protocol):
    """The server, as far as a part needs it."""

    stopping: threading.Event


class Peer(Protocol):
    """The connection, as far as a part needs it."""

    connection: socket.socket

    @property
    def owner(self) -> Owner: ...
    def wait(self, seconds: float) -> None: ...
    def head(self, content_type: str) -> None: ...
    def event(self, data: Any) -> None: ...
    def chunk(self, data: bytes) -> None: ...
    def json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None: ...
    def raw(self, status: int, body: bytes, headers: dict[str, str]) -> None: ...


def play(to: Peer, call: Call, reply: Reply) -> None:
    """Answer a call by its reply; an unknown kind is a 500 that says so."""
    part = PLAYS.get(reply.kind)
    if part is None:
        to.json(500, {"error": {"message": f"expected one of {sorted(PLAYS)}, found {reply.kind}"}})
    else:
        part(to, call, reply)


def normal(to: Peer, call: Call, reply: Reply) -> None:
    """A complete answer, streamed when asked so."""
    text = _text(call, reply)
    if call.body.get("stream"):
        _stream(to, call, reply, _pieces(text))
    else:
        to.json(200, _whole(call, text, reply.finish_reason))


def whole(to: Peer, call: Call, reply: Reply) -> None:
    """A complete answer in one piece, even when a stream was asked for."""
    to.json(200, _whole(call, _text(call, reply), reply.finish_reason))


def no_usage(to: Peer, call: Call, reply: Reply) -> None:
    """A complete answer by a server that never counts tokens."""
    if call.body.get("stream"):
        _stream(to, call, reply, _pieces(_text(call, reply)), usage=False)
    else:
        whole = _whole(call, _text(call, reply), reply.finish_reason)
        del whole["usage"]
        to.json(200, whole)


def refuse(to: Peer, call: Call, reply: Reply) -> None:
    """400 for a request with the parameter `reply.parameter`, else as normal."""
    if reply.parameter not in call.body:
        normal(to, call, reply)
        return
    message = reply.text or f"Unsupported parameter: '{reply.parameter}'"
    code = 400 if reply.status == 200 else reply.status
    to.json(code, {"error": {"message": message, "param": reply.parameter, "type": "invalid_request_error"}})


def status(to: Peer, call: Call, reply: Reply) -> None:
    """An error (or redirect) of `reply.status` with `body` and `headers`."""
    body = reply.body if reply.body is not None else {"error": {"message": f"played status {reply.status}"}}
    to.json(reply.status, body, reply.headers)


def hang(to: Peer, call: Call, reply: Reply) -> None:
    """Nothing at all, until the client goes away."""
    while not to.owner.stopping.is_set():
        to.wait(1.0)


def close(to: Peer, call: Call, reply: Reply) -> None:
    """The connection closed without a byte."""
    to.connection.shutdown(socket.SHUT_RDWR)


def comments(to: Peer, call: Call, reply: Reply) -> None:
    """A stream of keep-alive comments and never a token."""
    to.head("text/event-stream")
    while not to.owner.stopping.is_set():
        to.chunk(b": keep-alive\n\n")
        to.wait(0.05)


def half_stream(to: Peer, call: Call, reply: Reply) -> None:
    """A stream that breaks off."""
    to.head("text/event-stream")
    for piece in _pieces(_text(call, reply))[:5]:
        to.event(_chunk_of(call, {"content": piece}))
    to.connection.shutdown(socket.SHUT_RDWR)


def silent_end(to: Peer, call: Call, reply: Reply) -> None:
    """A stream that ends cleanly but too early: no finish reason."""
    to.head("text/event-stream")
    for piece in _pieces(_text(call, reply))[:5]:
        to.event(_chunk_of(call, {"content": piece}))
    to.chunk(b"")


def stream_error(to: Peer, call: Call, reply: Reply) -> None:
    """An error in the middle of a stream."""
    to.head("text/event-stream")
    to.event(_chunk_of(call, {"content": "It began "}))
    to.event(reply.body or {"error": {"message": "the model runner has crashed", "type": "server_error"}})
    to.chunk(b"")


def broken_chunk(to: Peer, call: Call, reply: Reply) -> None:
    """A chunk that is not JSON."""
    to.head("text/event-stream")
    to.event(_chunk_of(call, {"content": "It began "}))
    to.chunk(b'data: {"choices": [{"delta": {"content": "and\n\n')
    to.chunk(b"")


def garbage(to: Peer, call: Call, reply: Reply) -> None:
    """Bytes that are no JSON."""
    to.raw(200, b"\x00\xff\xfe{{{ not json at all", {"Content-Type": "application/json"})


def html(to: Peer, call: Call, reply: Reply) -> None:
    """A web page."""
    to.raw(200, b"<!doctype html><h1>Hello</h1>", {"Content-Type": "text/html; charset=utf-8"})


def empty(to: Peer, call: Call, reply: Reply) -> None:
    """A complete answer without text."""
    normal(to, call, replace(reply, text=""))


def invalid_json(to: Peer, call: Call, reply: Reply) -> None:
    """Text that only begins like JSON."""
    normal(to, call, replace(reply, text='{"synopsis": "it begins well'))


def wrong_schema(to: Peer, call: Call, reply: Reply) -> None:
    """JSON of another shape."""
    normal(to, call, replace(reply, text=json.dumps({"unexpected": [1, 2, 3]})))


def compressed(to: Peer, call: Call, reply: Reply) -> None:
    """A compressed body that nobody asked for."""
    body = gzip.compress(json.dumps(_whole(call, _text(call, reply), "stop")).encode())
    to.raw(200, body, {"Content-Type": "application/json", "Content-Encoding": "gzip"})


def huge(to: Peer, call: Call, reply: Reply) -> None:
    """Eleven megabytes."""
    if not call.body.get("stream"):
        to.json(200, _whole(call, "x" * HUGE_BYTES, "stop"))
        return
    to.head("text/event-stream")
    for _part in range(HUGE_BYTES // 65536):
        to.event(_chunk_of(call, {"content": "x" * 65536}))
    to.event(_chunk_of(call, {}, "stop"))
    to.chunk(b"data: [DONE]\n\n")
    to.chunk(b"")


def thoughts(to: Peer, call: Call, reply: Reply) -> None:
    """Thoughts without end, and never a word of text."""
    to.head("text/event-stream")
    while not to.owner.stopping.is_set():
        to.event(_chunk_of(call, {"reasoning_content": "hm " * 20_000}))


def _text(call: Call, reply: Reply) -> str:
    """The scripted text or data, else something sensible for the prompt."""
    if reply.text is not None:
        return reply.text
    if reply.data is not None:
        return json.dumps(reply.data)
    wanted = call.body.get("response_format", {})
    if wanted.get("type") == "json_schema":
        return json.dumps(json_for(wanted["json_schema"]["schema"], call.messages))
    return text_for(call.messages)


def _stream(to: Peer, call: Call, reply: Reply, pieces: list[str], *, usage: bool = True) -> None:
    to.head("text/event-stream")
    to.event(_chunk_of(call, {"role": "assistant", "content": ""}))
    for piece in pieces:
        to.event(_chunk_of(call, {"content": piece}))
        to.wait(reply.chunk_seconds)
    to.event(_chunk_of(call, {}, reply.finish_reason))
    if usage and call.body.get("stream_options", {}).get("include_usage"):
        to.event({**_chunk_of(call, {}), "choices": [], "usage": _usage(call, "".join(pieces))})
    to.chunk(b"data: [DONE]\n\n")
    to.chunk(b"")


def _pieces(text: str) -> list[str]:
    """The text in pieces of some words, as models send it."""
    words = text.split(" ")
    return [" ".join(words[at : at + 4]) + (" " if at + 4 < len(words) else "") for at in range(0, len(words), 4)]


def _chunk_of(call: Call, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "played", "object": "chat.completion.chunk", "created": 0, "model": _model(call), "choices": [choice]}


def _whole(call: Call, text: str, finish_reason: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    frame = {"id": "played", "object": "chat.completion", "created": 0, "model": _model(call)}
    return {**frame, "choices": [choice], "usage": _usage(call, text)}


def _usage(call: Call, text: str) -> dict[str, int]:
    prompt_tokens = sum(len(str(message.get("content", "")).split()) for message in call.messages)
    completion_tokens = len(text.split())
    total_tokens = prompt_tokens + completion_tokens
    return {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, "total_tokens": total_tokens}


def _model(call: Call) -> str:
    return str(call.body.get("model") or MODEL)


PLAYS: dict[str, Callable[[Peer, Call, Reply], None]] = {
    "broken_chunk": broken_chunk,
    "close": close,
    "comments": comments,
    "empty": empty,
    "garbage": garbage,
    "compressed": compressed,
    "half_stream": half_stream,
    "hang": hang,
    "html": html,
    "huge": huge,
    "invalid_json": invalid_json,
    "no_usage": no_usage,
    "normal": normal,
    "refuse": refuse,
    "silent_end": silent_end,
    "status": status,
    "stream_error": stream_error,
    "thoughts": thoughts,
    "whole": whole,
    "wrong_schema": wrong_schema,
}
