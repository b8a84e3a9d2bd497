"""Refresh tokens: a chain that only the server can continue, told from forgeries without a table."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from uuid import uuid4

import pytest

from config.kernel.errors import TokenInvalid
from tenants.tokens.refresh import PREFIX, first_token, parse_refresh


def test_a_token_survives_the_way_to_the_client_and_back() -> None:
    token = first_token(uuid4())

    assert parse_refresh(token.raw) == token
    assert token.is_ours
    assert token.raw.startswith("nfr_")


def test_the_same_parent_has_the_same_child_and_another_parent_another() -> None:
    token, other = first_token(uuid4()), first_token(uuid4())

    assert token.children()[0] == parse_refresh(token.raw).children()[0]
    assert token.children()[0].generation == 1
    assert token.children()[0].is_ours
    assert token.children()[0].secret != other.children()[0].secret


def test_two_sign_ins_share_no_secret() -> None:
    session = uuid4()

    assert first_token(session).secret != first_token(session).secret


def test_another_server_secret_makes_another_child(settings) -> None:
    token = first_token(uuid4())
    ours = token.children()[0]

    settings.SECRET_KEY = "another secret of this server, long enough"
    assert token.children()[0] != ours
    assert not token.is_ours


def test_a_former_server_secret_still_counts(settings) -> None:
    token, former = first_token(uuid4()), settings.SECRET_KEY
    child = token.children()[0]

    settings.SECRET_KEY = "another secret of this server, long enough"
    settings.SECRET_KEY_FALLBACKS = [former]
    assert token.is_ours
    assert child in token.children()


@pytest.mark.parametrize(
    "change",
    [{"session_id": uuid4()}, {"generation": 7}, {"secret": b"x" * 32}, {"tag": b"x" * 16}],
    ids=["session", "generation", "secret", "tag"],
)
def test_an_altered_token_is_not_ours(change) -> None:
    assert not replace(first_token(uuid4()), **change).is_ours


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "nfr_",
        "x" * 96,
        PREFIX + "é" * 92,
        PREFIX + "A" * 91,
        PREFIX + "A" * 93,
        PREFIX + urlsafe_b64encode(b"\x02" + b"x" * 68).decode(),
        first_token(uuid4()).raw + "\n",
        "x" * 100_000,
    ],
    ids=["empty", "prefix", "no prefix", "letters", "short", "long", "version", "newline", "100 KB"],
)
def test_what_has_not_the_form_is_refused(raw: str) -> None:
    with pytest.raises(TokenInvalid):
        parse_refresh(raw)
