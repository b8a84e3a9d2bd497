"""A model provider to play with: an OpenAI-compatible server on loopback whose every answer a test can script.

In a test use the fixture `provider_server`; by hand, or for other processes,
`python -m tests.support.provider_server --port N`. Another process scripts it through `POST /_script`
(a list of `Reply` fields) and reads `GET /_calls`.
"""

import argparse
import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.provider_plays import MODEL, Call, ClientGone, Reply, play


class ProviderServer:
    """The server, in a thread of this process."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        """Bind at once; port 0 takes a free one. With a context the server speaks TLS."""
        self._scheme = "https" if tls else "http"
        self.calls: list[Call] = []
        self.default = Reply()
        self._queue: list[Reply] = []
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = _HTTPServer((host, port), Handler)
        self._http.owner = self
        self._http.tls = tls
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._http.server_address[1]

    @property
    def base_url(self) -> str:
        """What LLM_BASE_URL has to be."""
        return f"{self._scheme}://127.0.0.1:{self.port}/v1"

    def script(self, *replies: Reply) -> None:
        """Answer the next requests like this, one reply each, then by `default` again."""
        with self._lock:
            self._queue.extend(replies)

    def reset(self) -> None:
        """Forget calls, script and default."""
        with self._lock:
            self._queue.clear()
            self.calls.clear()
            self.default = Reply()

    def take(self, call: Call) -> Reply:
        """Record a call and choose its reply."""
        text = json.dumps(call.body, ensure_ascii=False)
        with self._lock:
            self.calls.append(call)
            for index, reply in enumerate(self._queue):
                if reply.match in text:
                    return self._queue.pop(index)
            return self.default

    def wait_until(self, condition: Callable[[], bool], *, timeout_seconds: float = 5.0) -> None:
        """Return once the condition holds; raises TimeoutError when it does not in time."""
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if time.monotonic() > deadline:
                message = (
                    f"condition not met within {timeout_seconds} s; calls: {[call.outcome for call in self.calls]}"
                )
                raise TimeoutError(message)
            self.stopping.wait(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    owner: ProviderServer
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake belongs to the connection's own thread."""
        if self.tls is not None:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the play, not an error to print."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests have their own output."""

    @property
    def owner(self) -> ProviderServer:
        return self.server.owner

    def do_GET(self) -> None:
        if self.path == "/_calls":
            self.json(200, [asdict(call) for call in self.owner.calls])
        elif self.path.endswith("/models"):
            self.json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        else:
            self.json(404, {"error": {"message": f"no such path: {self.path}"}})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/_script":
            self.owner.script(*(Reply(**entry) for entry in json.loads(raw)))
            self.json(200, {"scripted": True})
        elif self.path == "/_reset":
            self.owner.reset()
            self.json(200, {"reset": True})
        elif self.path.endswith("/chat/completions"):
            self._completion(Call(self.path, dict(self.headers.items()), json.loads(raw)))
        else:
            self.json(404, {"error": {"message": f"no such path: {self.path}", "code": "not_found"}})

    def _completion(self, call: Call) -> None:
        reply = self.owner.take(call)
        try:
            self.wait(reply.latency_seconds)
            play(self, call, reply)
            call.outcome = "complete"
        except (ConnectionError, ClientGone):
            call.outcome = "closed_by_client"
        finally:
            call.ended_at = time.monotonic()
            self.close_connection = True

    def wait(self, seconds: float) -> None:
        """Wait; raises as soon as the client has closed its side."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self.owner.stopping.is_set():
            readable, _w, _x = select.select([self.connection], [], [], min(left, 0.02))
            if readable and self._client_has_closed():
                raise ClientGone

    def _client_has_closed(self) -> bool:
        """Whether the end of the stream is what is there to read; a TLS socket has no way to peek."""
        if isinstance(self.connection, ssl.SSLSocket):
            return not self.connection.recv(1)
        return not self.connection.recv(1, socket.MSG_PEEK)

    def head(self, content_type: str) -> None:
        """Begin a stream."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, data: Any) -> None:
        """Send one server-sent event."""
        self.chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    def chunk(self, data: bytes) -> None:
        """Send bytes of a stream; none end it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """Answer with a JSON body."""
        self.raw(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def raw(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer with these bytes."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--chunk-delay", type=float, default=0.0, help="seconds between the pieces of a stream")
    options = parser.parse_args()
    with ProviderServer(port=options.port) as server:
        server.default = Reply(latency_seconds=options.latency, chunk_seconds=options.chunk_delay)
        print(f"LLM_BASE_URL={server.base_url} LLM_MODEL={MODEL}", flush=True)  # noqa: T201
        try:
            server.stopping.wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
