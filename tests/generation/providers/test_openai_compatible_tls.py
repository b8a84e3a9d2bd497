"""Over TLS: certificates are checked, and silence is watched as it is in the clear."""

import datetime
import ssl
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from generation.exceptions import CallAborted, ProviderUnreachable
from generation.providers import CompletionRequest
from generation.providers.openai_compatible import OpenAICompatibleProvider, transport
from tests.support.provider_plays import Reply
from tests.support.provider_server import ProviderServer

Make = Callable[..., OpenAICompatibleProvider]
Ask = Callable[..., CompletionRequest]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "played provider")])
    now = datetime.datetime.now(tz=datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure_server(certificate: Path) -> Iterator[ProviderServer]:
    """The played provider behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    transport._ssl_context.cache_clear()
    with ProviderServer(tls=context) as server:
        yield server
    transport._ssl_context.cache_clear()


def test_certificate_nobody_vouches_for_is_refused(
    secure_server: ProviderServer, make_provider: Make, ask: Ask
) -> None:
    with pytest.raises(ProviderUnreachable) as caught:
        make_provider(base_url=secure_server.base_url).complete(ask())
    assert "certificate" in caught.value.operator_detail.lower()
    assert secure_server.calls == []


def test_text_comes_over_tls(
    secure_server: ProviderServer, certificate: Path, make_provider: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure_server.default = Reply(text="one two three four five six", chunk_seconds=0.4)
    completion = make_provider(base_url=secure_server.base_url).complete(ask())
    assert completion.text == "one two three four five six"


def test_silence_over_tls_is_ended_by_a_wish_to_stop(
    secure_server: ProviderServer, certificate: Path, make_provider: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure_server.default = Reply("hang")
    started = time.monotonic()
    with pytest.raises(CallAborted):
        make_provider(base_url=secure_server.base_url, first_token=20, total=20).complete(
            ask(), should_stop=lambda: bool(secure_server.calls)
        )
    assert time.monotonic() - started < 3
