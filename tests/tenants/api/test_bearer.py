"""Access tokens at the API's door: what is refused, how soon, and what a good one costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis.connection
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.choices import SessionEnd
from tenants.models import Membership, Session, User
from tenants.selectors import directory
from tenants.tokens.access import issue_access
from tests.factories import short, tokens
from tests.factories.sessions import erase, signed_in

ME = "/api/v1/me"
# Its GET is refused by its method once everything before the view has happened, and the view itself reads nothing.
LET_IN_IS_405 = "/api/v1/auth/switch"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme)


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def bearer(raw: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {raw}"}


def token(person: User, session_id: Any, **given: Any) -> str:
    arguments = {"user_id": person.pk, "tenant": "acme", "role": "member", "session_id": session_id, **given}
    return issue_access(**arguments)[0]


@pytest.mark.parametrize("name", sorted(tokens.forgeries()))
def test_a_forged_token_is_refused_with_its_code(ada, acme, anonymous_api, name) -> None:
    session = signed_in(ada, acme).session
    raw, code = tokens.forgeries(sub=str(ada.pk), sid=str(session.pk))[name]

    response = anonymous_api().get(ME, headers=bearer(raw))

    assert error_of(response) == (401, code)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "bearer ", "Basic YWRhOmE=", "Token x", "Bearer a b", "\x00", "Bearer \x00"],
    ids=repr,
)
def test_headers_that_are_no_token_are_refused(in_acme, anonymous_api, header) -> None:
    response = anonymous_api(in_acme).get(ME, headers={"Authorization": header})

    assert response.status_code == 401
    assert response.json()["error"]["code"] in {"token_invalid", "authentication_failed"}


def test_a_token_expired_by_one_second_is_refused(ada, acme, anonymous_api) -> None:
    raw = token(ada, signed_in(ada, acme).session.pk, now=datetime.now(UTC) - timedelta(seconds=301))

    assert error_of(anonymous_api().get(ME, headers=bearer(raw))) == (401, "token_expired")


@pytest.mark.parametrize(
    "given", [{"host": "globex.testserver"}, {"x_tenant": "globex"}, {"x_tenant": "nowhere"}], ids=short
)
def test_a_token_counts_in_its_own_organisation_alone(ada, acme, globex, anonymous_api, given) -> None:
    """Also for somebody who belongs to both: the token says where it was given."""
    Membership.objects.create(user=ada, tenant=globex)
    pair = signed_in(ada, acme)
    headers = bearer(pair.access) | ({"X-Tenant": given["x_tenant"]} if "x_tenant" in given else {})

    response = anonymous_api(host=given.get("host")).get(ME, headers=headers)

    assert error_of(response) == (401, "tenant_mismatch")


def test_a_session_of_another_organisation_does_not_carry_a_token_here(ada, acme, globex, anonymous_api) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    elsewhere = signed_in(ada, globex).session.pk

    response = anonymous_api().get(ME, headers=bearer(token(ada, elsewhere)))

    assert error_of(response) == (401, "session_revoked")


def test_a_session_of_another_person_does_not_carry_a_token(ada, acme, make_person, anonymous_api) -> None:
    theirs = signed_in(make_person(acme), acme).session.pk

    assert error_of(anonymous_api().get(ME, headers=bearer(token(ada, theirs)))) == (401, "session_revoked")


def _deactivate(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def _expel(person: User) -> None:
    Membership.objects.filter(user=person).update(is_active=False)


def _revoke(person: User) -> None:
    Session.objects.filter(user=person).update(revoked_at=timezone.now(), revoked_reason=SessionEnd.REVOKED)


def _replay(person: User) -> None:
    Session.objects.filter(user=person).update(revoked_at=timezone.now(), revoked_reason=SessionEnd.REUSED)


def _change_password(person: User) -> None:
    person.set_password("a quite different sentence")
    person.save()


CHANGES = [
    (_deactivate, "tenant_mismatch"),
    (_expel, "tenant_mismatch"),
    (erase, "tenant_mismatch"),
    (_revoke, "session_revoked"),
    (_replay, "token_reused"),
    (_change_password, "session_revoked"),
]


def test_what_another_process_takes_away_is_gone_within_five_seconds(
    acme, in_acme, make_person, anonymous_api, wait_until
) -> None:
    """The rows are changed behind this process's back, as another one's service would."""
    client = anonymous_api()
    people = [make_person(acme) for _change in CHANGES]
    headers = [bearer(signed_in(person, acme).access) for person in people]
    assert [client.get(LET_IN_IS_405, headers=each).status_code for each in headers] == [405] * len(CHANGES)

    for (change, _code), person in zip(CHANGES, people, strict=True):
        change(person)

    expected = [(401, code) for _change, code in CHANGES]
    wait_until(
        lambda: [error_of(client.get(LET_IN_IS_405, headers=each)) for each in headers] == expected,
        deadline_seconds=5,
        what="the refusal of all",
    )


def test_a_slow_look_up_does_not_prolong_what_it_found(ada, acme, monkeypatch) -> None:
    session_id = signed_in(ada, acme).session.pk
    clock = [1000.0]
    monkeypatch.setattr(directory.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(directory, "_access", directory._cache())
    read = directory._read_access

    def slowly(*keys: Any) -> Any:
        found = read(*keys)
        clock[0] += 3
        return found

    monkeypatch.setattr(directory, "_read_access", slowly)
    assert directory.access_of(ada.pk, acme.pk, session_id).session_end == ""
    _revoke(ada)
    clock[0] += 1.01

    assert directory.access_of(ada.pk, acme.pk, session_id).session_end == SessionEnd.REVOKED


def test_a_steady_request_is_let_in_without_a_query_or_a_word_to_valkey(ada, acme, api, monkeypatch) -> None:
    client = api(ada, acme)
    commands: list[Any] = []
    send = redis.connection.AbstractConnection.send_command
    monkeypatch.setattr(
        redis.connection.AbstractConnection,
        "send_command",
        lambda self, *command, **options: commands.append(command) or send(self, *command, **options),
    )
    assert client.get(LET_IN_IS_405).status_code == 405
    commands.clear()

    with CaptureQueriesContext(connection) as queries:
        assert client.get(LET_IN_IS_405).status_code == 405

    assert [query["sql"] for query in queries if not query["sql"].startswith("SET ")] == []
    assert commands == []


def test_the_look_up_is_one_query(ada, acme, api) -> None:
    session_id = signed_in(ada, acme).session.pk

    with CaptureQueriesContext(connection) as queries:
        assert directory.access_of(ada.pk, acme.pk, session_id).session_end == ""

    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 1
    with CaptureQueriesContext(connection) as queries:
        directory.access_of(ada.pk, acme.pk, session_id)
    assert len(queries) == 0
