"""HTTP for one provider call: watched, bounded, without redirects, proxies or anything else from the environment.

Sockets are read in short slices, so that a time limit or a wish to stop ends a call in the middle of any silence.
`WatchedBackend.connect_tcp` is the only place where a name becomes an address and a connection.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from ssl import SSLContext
from typing import Any

import httpcore2
import httpx2

from generation.exceptions import (
    ProviderAnswerInvalid,
    ProviderAnswerTooLarge,
    ProviderTimeout,
    ProviderUnreachable,
)

from .watch import CallWatch

ANSWER_MAX_BYTES = 10 * 1024 * 1024
WRITE_TIMEOUT_SECONDS = 30.0
# Of what the SDK would send, only this leaves: it adds headers of its own, some of them from environment variables.
HEADERS_SENT = frozenset({b"host", b"accept", b"content-type", b"content-length", b"user-agent"})


class ProviderTransport(httpx2.BaseTransport):
    """A transport for a single call to a model server; raises our own errors only."""

    def __init__(self, watch: CallWatch, *, api_key: str, answer_max_bytes: int = ANSWER_MAX_BYTES) -> None:
        """Open nothing yet; the connection is made by the first request and closed with the transport."""
        self._api_key = api_key
        self._watch = watch
        self._backend = WatchedBackend(watch, answer_max_bytes)
        self._pool: httpcore2.ConnectionPool | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and give back the answer's head; its body is read as it comes."""
        self.close()
        secure = request.url.scheme == "https"
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_ssl_context() if secure else None,
            max_connections=1,
            max_keepalive_connections=0,
            retries=0,
            network_backend=self._backend,
        )
        sent = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=self._headers(request),
            content=request.stream,
            extensions={"timeout": {"connect": self._watch.timeouts.connect_seconds, "write": WRITE_TIMEOUT_SECONDS}},
        )
        with _own_errors():
            received = self._pool.handle_request(sent)
        _refuse_encoding(received.headers)
        return httpx2.Response(
            received.status, headers=received.headers, stream=_Body(received), extensions=received.extensions
        )

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _headers(self, request: httpx2.Request) -> list[tuple[bytes, bytes]]:
        kept = [(name, value) for name, value in request.headers.raw if name.lower() in HEADERS_SENT]
        kept += [(b"Accept-Encoding", b"identity"), (b"Connection", b"close")]
        return [*kept, (b"Authorization", f"Bearer {self._api_key}".encode("ascii"))] if self._api_key else kept


class WatchedBackend(httpcore2.NetworkBackend):
    """TCP connections whose every wait asks the call's watch first."""

    def __init__(self, watch: CallWatch, answer_max_bytes: int) -> None:
        """`answer_max_bytes` bounds each answer, head and body together."""
        self._watch = watch
        self._answer_max_bytes = answer_max_bytes
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve the host and connect, within the time for connecting; an error names the host and port tried."""
        self._watch.check()
        limit_seconds = self._watch.slice_seconds(timeout or self._watch.timeouts.connect_seconds)
        try:
            stream = self._plain.connect_tcp(host, port, limit_seconds, local_address, socket_options)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            raise type(error)(f"{host}, port {port}: {error}") from error
        return WatchedStream(stream, self._watch, self._answer_max_bytes)


class WatchedStream(httpcore2.NetworkStream):
    """A connection read in slices of a quarter of a second, up to a number of bytes."""

    def __init__(self, inner: httpcore2.NetworkStream, watch: CallWatch, answer_max_bytes: int) -> None:
        """Wrap a connection that is open."""
        self._inner = inner
        self._watch = watch
        self._answer_max_bytes = answer_max_bytes
        self._received_bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes, b"" at the end; raises what the watch raises, or `ProviderAnswerTooLarge`."""
        while True:
            self._watch.check()
            try:
                received = self._inner.read(max_bytes, self._watch.slice_seconds(timeout))
            except httpcore2.ReadTimeout:
                continue
            self._received_bytes += len(received)
            if self._received_bytes > self._answer_max_bytes:
                limit = self._answer_max_bytes
                raise ProviderAnswerTooLarge(operator_detail=f"expected at most {limit} bytes; reading stopped there")
            return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes within the time for writing."""
        self._watch.check()
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the socket."""
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Secure the connection; the time for connecting holds again."""
        self._watch.check()
        limit_seconds = self._watch.slice_seconds(timeout or self._watch.timeouts.connect_seconds)
        secured = self._inner.start_tls(ssl_context, server_hostname, limit_seconds)
        return WatchedStream(secured, self._watch, self._answer_max_bytes)

    def get_extra_info(self, info: str) -> Any:
        """What the wrapped connection says."""
        return self._inner.get_extra_info(info)


class _Body(httpx2.SyncByteStream):
    """The body of an answer, read from the connection as it is asked for."""

    def __init__(self, received: httpcore2.Response) -> None:
        self._received = received

    def __iter__(self) -> Iterator[bytes]:
        with _own_errors():
            yield from self._received.iter_stream()

    def close(self) -> None:
        self._received.close()


@contextmanager
def _own_errors() -> Iterator[None]:
    """Turn the HTTP library's errors into ours."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        kind = type(error).__name__
        raise ProviderTimeout(operator_detail=f"{kind}: {error}") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        kind = type(error).__name__
        raise ProviderUnreachable(operator_detail=f"{kind}: {error}") from error


def _refuse_encoding(headers: list[tuple[bytes, bytes]]) -> None:
    """A compressed answer was not asked for, and ten megabytes of it could unpack to gigabytes."""
    for name, value in headers:
        if name.lower() == b"content-encoding" and value.lower() not in (b"", b"identity"):
            found = value.decode("latin-1")
            raise ProviderAnswerInvalid(operator_detail=f"Content-Encoding: expected identity, found {found}")


@cache
def _ssl_context() -> SSLContext:
    """The machine's trusted authorities, read once per process."""
    return httpx2.create_ssl_context()
