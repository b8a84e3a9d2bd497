"""The load: closed-loop HTTP clients on kept connections, in a process of their own.

One thread serves all connections, so the client adds no lock of its own to the tail of the latencies. The plan comes as
JSON on standard input, the outcome goes as JSON to standard output; `fire` does both from another process.
"""

import json
import selectors
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

ANSWER_TIMEOUT_SECONDS = 60.0
RECEIVE_BYTES = 65536


@dataclass(frozen=True)
class Plan:
    """What to send: `requests` are whole HTTP/1.1 requests in Latin-1, sent in turn until `total` were answered."""

    port: int
    requests: tuple[str, ...]
    total: int
    connections: int = 8
    expected_status: int = 200


@dataclass(frozen=True)
class Outcome:
    """What came of it: the latencies in milliseconds, and the seconds that all took together."""

    seconds: float
    latencies_ms: list[float]


class UnexpectedAnswer(Exception):
    """An answer that the plan did not expect: figures of it would mean nothing."""


def request_text(method: str, path: str, headers: dict[str, str], body: str = "") -> str:
    """A whole request as it goes over the wire. `Host` must be among the headers."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode('latin-1'))}"]
    return "\r\n".join([*lines, "", body])


def fire(plan: Plan) -> Outcome:
    """Run the plan in a process of its own.

    Raises:
        UnexpectedAnswer: when an answer had another status, or none came.
    """
    command = [sys.executable, "-I", "-S", str(Path(__file__))]
    finished = subprocess.run(command, input=json.dumps(asdict(plan)), capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise UnexpectedAnswer(finished.stderr.strip()[-2000:] or f"the client ended with {finished.returncode}")
    return Outcome(**json.loads(finished.stdout))


class _Connection:
    """One kept connection and the answer that is arriving on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.received.clear()
        self.sent_at = perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """The answer's status and body once it is whole, None before."""
        chunk = self.socket.recv(RECEIVE_BYTES)
        if not chunk:
            raise UnexpectedAnswer("the server closed a kept connection")
        self.received += chunk
        return parse(self.received)


def parse(received: bytes | bytearray) -> tuple[int, bytes] | None:
    """Status and body of an answer that tells its length, or comes in chunks; None while bytes are missing.

    Raises:
        UnexpectedAnswer: for neither: where it ends could not be told on a kept connection.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    status_line, *header_lines = bytes(received[:end]).split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in header_lines)}
    status, body = int(status_line.split(b" ", 2)[1]), bytes(received[end + 4 :])
    if b"content-length" in headers:
        return (status, body) if len(body) >= int(headers[b"content-length"]) else None
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        whole = _unchunk(body)
        return None if whole is None else (status, whole)
    raise UnexpectedAnswer(f"expected Content-Length or chunks, found neither in {status_line.decode('latin-1')!r}")


def _unchunk(body: bytes) -> bytes | None:
    """The chunks joined (RFC 9112, section 7.1, without trailers); None while the last one is missing."""
    parts, position = [], 0
    while (line_end := body.find(b"\r\n", position)) >= 0:
        size = int(body[position:line_end].partition(b";")[0], 16)
        position = line_end + 2 + size + 2
        if position > len(body):
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(body[line_end + 2 : line_end + 2 + size])
    return None


def _play(plan: Plan) -> Outcome:
    """Keep every connection busy until the plan's total is answered."""
    requests = [text.encode("latin-1") for text in plan.requests]
    connections = [_Connection(plan.port) for _ in range(min(plan.connections, plan.total))]
    latencies_ms: list[float] = []
    sent = 0
    with selectors.DefaultSelector() as selector:
        began = perf_counter()
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(requests[sent % len(requests)])
            sent += 1
        while len(latencies_ms) < plan.total:
            ready = selector.select(ANSWER_TIMEOUT_SECONDS)
            if not ready:
                raise UnexpectedAnswer(f"no answer within {ANSWER_TIMEOUT_SECONDS:g} s")
            for key, _ in ready:
                connection = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                latencies_ms.append((perf_counter() - connection.sent_at) * 1000)
                _check(answer, plan)
                if sent < plan.total:
                    connection.send(requests[sent % len(requests)])
                    sent += 1
        seconds = perf_counter() - began
    for connection in connections:
        connection.socket.close()
    return Outcome(seconds, latencies_ms)


def _check(answer: tuple[int, bytes], plan: Plan) -> None:
    status, body = answer
    if status != plan.expected_status:
        raise UnexpectedAnswer(f"expected status {plan.expected_status}, found {status}: {body[:500]!r}")


def _main() -> None:
    described = json.load(sys.stdin)
    requests: Sequence[str] = described.pop("requests")
    try:
        outcome = _play(Plan(requests=tuple(requests), **described))
    except (UnexpectedAnswer, OSError) as problem:
        sys.exit(str(problem))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    _main()
