"""Opening, ending and forgetting sessions; what stays in the database of them."""

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from psycopg import sql

from config.kernel.context import Actor
from config.kernel.errors import NotFound, TokenReused
from tenants.choices import SessionEnd
from tenants.models import Membership, Session
from tenants.selectors import directory
from tenants.selectors.sessions import open_sessions_of
from tenants.services.session_refresh import session_refresh, session_sign_out
from tenants.services.sessions import Device, session_end, session_revoke, sessions_purge, sessions_revoke
from tenants.services.sign_in import tenant_switch
from tenants.tokens.refresh import parse_refresh
from tests.factories.sessions import DEVICE, age, signed_in, stored


def _everything_stored() -> str:
    """Every row of every table of every schema, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)' ORDER BY 1, 2"
        )
        tables = cursor.fetchall()
        texts = []
        for schema, table in tables:
            cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table)))
            texts += [row for (row,) in cursor.fetchall()]
    assert "tenants_session" in {table for _schema, table in tables}
    return "\n".join(texts)


def _cuts(secret: str) -> list[str]:
    """Every piece of 16 characters: a part of a token that is stored shows as well as the whole."""
    return [secret[start : start + 16] for start in range(len(secret) - 15)]


def test_a_dump_of_the_whole_database_holds_no_usable_token(in_acme, globex, make_person) -> None:
    person = make_person(in_acme)
    Membership.objects.create(user=person, tenant=globex)
    first = signed_in(person, in_acme)
    second = session_refresh(refresh=first.refresh, device=DEVICE)
    actor = Actor(user_id=person.pk, session_id=first.session.pk)
    switched = tenant_switch(actor=actor, tenant=globex.slug, device=DEVICE).tokens
    third = session_refresh(refresh=second.refresh, device=DEVICE)
    with pytest.raises(TokenReused):
        session_refresh(refresh=first.refresh, device=DEVICE)

    dump = _everything_stored()

    assert stored(first).token_digest in dump  # the dump is one of what we look for
    for pair in (first, second, third, switched):
        token = parse_refresh(pair.refresh)
        signature = pair.access.rpartition(".")[2]
        assert not [cut for cut in _cuts(pair.refresh[32:]) + _cuts(signature) if cut in dump]
        assert token.secret.hex() not in dump
        assert token.tag.hex() not in dump


def test_an_ended_session_is_over_in_its_own_process_at_once(in_acme, make_person) -> None:
    person = make_person(in_acme)
    pair = signed_in(person, in_acme)
    assert directory.access_of(person.pk, in_acme.pk, pair.session.pk).session_end == ""

    assert session_end(session_id=pair.session.pk, reason=SessionEnd.SIGNED_OUT)

    assert directory.access_of(person.pk, in_acme.pk, pair.session.pk).session_end == SessionEnd.SIGNED_OUT
    assert not session_end(session_id=pair.session.pk, reason=SessionEnd.REVOKED)


def test_a_session_counts_only_for_its_person_in_its_organisation(in_acme, globex, make_person) -> None:
    person, other = make_person(in_acme), make_person(in_acme)
    Membership.objects.create(user=person, tenant=globex)
    pair = signed_in(person, in_acme)

    assert directory.access_of(person.pk, in_acme.pk, pair.session.pk).session_end == ""
    assert directory.access_of(person.pk, globex.pk, pair.session.pk).session_end == SessionEnd.SIGNED_OUT
    assert directory.access_of(other.pk, in_acme.pk, pair.session.pk).session_end == SessionEnd.SIGNED_OUT


def test_a_person_ends_only_their_own_sessions(in_acme, make_person) -> None:
    person, other = make_person(in_acme), make_person(in_acme)
    pair = signed_in(person, in_acme)

    with pytest.raises(NotFound):
        session_revoke(actor=Actor(user_id=other.pk), session_id=pair.session.pk)
    assert stored(pair).revoked_at is None

    session_revoke(actor=Actor(user_id=person.pk), session_id=pair.session.pk)
    assert stored(pair).revoked_reason == SessionEnd.REVOKED
    with pytest.raises(NotFound):
        session_revoke(actor=Actor(user_id=person.pk), session_id=pair.session.pk)


def test_sessions_end_for_one_organisation_for_all_but_one_or_for_all(in_acme, globex, make_person) -> None:
    person, other = make_person(in_acme), make_person(in_acme)
    Membership.objects.create(user=person, tenant=globex)
    here, here_too, there = (signed_in(person, tenant) for tenant in (in_acme, in_acme, globex))
    stranger = signed_in(other, in_acme)

    assert sessions_revoke(user_id=person.pk, tenant_id=globex.pk, reason=SessionEnd.MEMBERSHIP) == 1
    assert stored(there).revoked_reason == SessionEnd.MEMBERSHIP
    assert sessions_revoke(user_id=person.pk, except_id=here.session.pk, reason=SessionEnd.REVOKED) == 1
    assert list(open_sessions_of(person.pk)) == [here.session]
    assert stored(here_too).revoked_reason == SessionEnd.REVOKED
    assert sessions_revoke(user_id=person.pk, reason=SessionEnd.DEACTIVATED) == 1
    assert stored(there).revoked_reason == SessionEnd.MEMBERSHIP  # the first reason stays
    assert stored(stranger).revoked_at is None


@pytest.mark.parametrize("which", ["current", "parent", "ancestor"])
def test_signing_out_works_with_any_token_of_the_session(in_acme, make_person, which) -> None:
    pairs = [signed_in(make_person(in_acme), in_acme)]
    for _round in range(3):
        pairs.append(session_refresh(refresh=pairs[-1].refresh, device=DEVICE))
    chosen = {"current": pairs[3], "parent": pairs[2], "ancestor": pairs[0]}[which]

    session_sign_out(refresh=chosen.refresh)

    assert stored(pairs[0]).revoked_reason == SessionEnd.SIGNED_OUT


@pytest.mark.parametrize("raw", ["", "x", "nfr_" + "A" * 92])
def test_signing_out_with_a_token_that_is_not_ours_changes_nothing(in_acme, make_person, raw) -> None:
    pair = signed_in(make_person(in_acme), in_acme)

    session_sign_out(refresh=raw)

    assert stored(pair).revoked_at is None


def test_sessions_that_ended_long_ago_are_purged_and_others_stay(in_acme, make_person) -> None:
    person = make_person(in_acme)
    ended, idle, recent, alive = (signed_in(person, in_acme) for _number in range(4))
    session_end(session_id=ended.session.pk, reason=SessionEnd.SIGNED_OUT)
    Session.objects.filter(pk=ended.session.pk).update(revoked_at=stored(ended).created_at.replace(year=2020))
    age(idle, days=30 + 31)
    session_end(session_id=recent.session.pk, reason=SessionEnd.SIGNED_OUT)

    assert sessions_purge() == 2

    assert set(Session.objects.filter(user=person)) == {recent.session, alive.session}


@pytest.mark.parametrize(
    ("user_agent", "address", "expected"),
    [
        ("Firefox", "192.0.2.1", Device("Firefox", "192.0.2.1")),
        ("a" * 5000, "2001:db8::1", Device("a" * 300, "2001:db8::1")),
        ("bad\x00\x1b[31m\nnews", "fe80::1%eth0", Device("bad[31mnews", "fe80::1")),
        ("", "garbage", Device("", None)),
        ("x", "unix:", Device("x", None)),
        ("x", None, Device("x", None)),
        ("x", "1" * 5000, Device("x", None)),
    ],
)
def test_what_a_device_says_of_itself_is_cleaned_and_bounded(user_agent, address, expected) -> None:
    assert Device.of(user_agent, address) == expected


def test_the_database_refuses_an_end_without_a_reason(in_acme, make_person) -> None:
    pair = signed_in(make_person(in_acme), in_acme)

    with pytest.raises(IntegrityError, match="tenants_session_end_has_a_reason"), transaction.atomic():
        Session.objects.filter(pk=pair.session.pk).update(revoked_reason=SessionEnd.REVOKED)
