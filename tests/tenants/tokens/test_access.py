"""Access tokens: made twice the same, verified strictly, remembered without outliving themselves."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from config.kernel.errors import AppError, TokenExpired, TokenInvalid
from tenants.tokens import access
from tenants.tokens.access import issue_access, verify_access
from tests.factories import tokens

NAMES = sorted(tokens.forgeries())


@pytest.fixture(autouse=True)
def _nothing_remembered():
    access._verified.clear()


def test_a_token_says_whose_it_is_and_where() -> None:
    person, session = uuid4(), uuid4()

    raw, life_seconds = issue_access(user_id=person, tenant="acme", role="admin", session_id=session)

    claims = verify_access(raw)
    assert (claims.user_id, claims.session_id, claims.tenant, claims.role) == (person, session, "acme", "admin")
    assert claims.expires_at - claims.issued_at == life_seconds == 300


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_token_is_refused_with_its_code(name: str) -> None:
    raw, code = tokens.forgeries()[name]

    with pytest.raises(AppError) as refused:
        verify_access(raw)

    assert (refused.value.code, refused.value.status) == (code, 401)


def test_the_same_arguments_make_the_same_token() -> None:
    given = {
        "user_id": uuid4(),
        "tenant": "acme",
        "role": "member",
        "session_id": uuid4(),
        "now": datetime.now(UTC),
        "token_id": uuid4().hex,
    }

    assert issue_access(**given) == issue_access(**given)


def test_a_token_never_outlives_its_session() -> None:
    now = datetime.now(UTC)

    raw, life_seconds = issue_access(
        user_id=uuid4(),
        tenant="acme",
        role="member",
        session_id=uuid4(),
        now=now,
        ends_at=now.replace(microsecond=0) + timedelta(seconds=40),
    )

    assert life_seconds == 40
    assert verify_access(raw).expires_at == int(now.timestamp()) + 40


def test_a_token_signed_by_a_clock_that_is_ahead_counts() -> None:
    raw, _life = issue_access(
        user_id=uuid4(),
        tenant="acme",
        role="member",
        session_id=uuid4(),
        now=datetime.now(UTC) + timedelta(seconds=20),
    )

    assert verify_access(raw).tenant == "acme"


def test_a_remembered_token_expires_to_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, _life = issue_access(user_id=uuid4(), tenant="acme", role="member", session_id=uuid4())
    end = verify_access(raw).expires_at

    monkeypatch.setattr(time, "time", lambda: end - 0.001)
    assert verify_access(raw).expires_at == end
    monkeypatch.setattr(time, "time", lambda: float(end))
    with pytest.raises(TokenExpired):
        verify_access(raw)


def test_the_memory_of_verified_tokens_is_bounded_and_closed_to_strangers() -> None:
    issue_access(user_id=uuid4(), tenant="acme", role="member", session_id=uuid4())
    for name in NAMES:
        with pytest.raises(AppError):
            verify_access(tokens.forgeries()[name][0])

    assert len(access._verified) == 0
    assert access._verified.maxsize == 4096


def test_a_token_longer_than_any_of_ours_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_decode", lambda raw: pytest.fail("parsed"))

    with pytest.raises(TokenInvalid):
        verify_access("a" * 4097)
