from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import pytest

from benchmarks.load import Plan, UnexpectedAnswer, fire, parse, request_text


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = Lock()
        self.paths: list[str] = []
        self.clients: set[tuple[str, int]] = set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.paths.append(self.path)
            self.server.clients.add(self.client_address)
        body = b"hello"
        self.send_response(404 if self.path == "/missing" else 200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Keep the tests' output free of the server's lines."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _plan(server: _Server, *paths: str, total: int, connections: int = 8) -> Plan:
    requests = tuple(request_text("GET", path, {"Host": "localhost"}) for path in paths)
    return Plan(server.server_port, requests, total, connections)


def test_fire_answers_every_request_once_on_kept_connections(server: _Server) -> None:
    outcome = fire(_plan(server, "/a", "/chunked", total=50, connections=4))
    assert sorted(server.paths) == ["/a"] * 25 + ["/chunked"] * 25
    assert len(server.clients) == 4
    assert len(outcome.latencies_ms) == 50
    assert all(0 < latency <= outcome.seconds * 1000 for latency in outcome.latencies_ms)


def test_fire_opens_no_more_connections_than_requests(server: _Server) -> None:
    fire(_plan(server, "/a", total=3))
    assert len(server.clients) == 3


def test_fire_refuses_another_status_than_expected(server: _Server) -> None:
    with pytest.raises(UnexpectedAnswer, match="expected status 200, found 404"):
        fire(_plan(server, "/a", "/missing", total=10))


def test_fire_refuses_a_server_that_is_not_there() -> None:
    with pytest.raises(UnexpectedAnswer, match="refused"):
        fire(Plan(1, (request_text("GET", "/", {"Host": "localhost"}),), total=1))


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;name=value\r\nllo\r\n0\r\n\r\n",
    ],
)
def test_parse_waits_for_the_whole_answer(received: bytes) -> None:
    assert [parse(received[:length]) for length in range(len(received))] == [None] * len(received)
    assert parse(received) == (200, b"hello")


def test_parse_refuses_an_answer_without_an_end() -> None:
    with pytest.raises(UnexpectedAnswer, match="found neither"):
        parse(b"HTTP/1.1 200 OK\r\n\r\nhello")


def test_request_text_counts_the_body() -> None:
    text = request_text("POST", "/a", {"Host": "localhost"}, '{"a": 1}')
    assert text.endswith('Content-Length: 8\r\n\r\n{"a": 1}')
