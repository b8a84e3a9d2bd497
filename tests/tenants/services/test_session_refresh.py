"""Refreshing: one child for each token, the same child for the direct parent, the end for everything older."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from config.kernel.errors import (
    SessionRevoked,
    TenantMismatch,
    TenantSuspended,
    TokenExpired,
    TokenInvalid,
    TokenReused,
)
from tenants.choices import SessionEnd, TenantStatus
from tenants.models import Membership, Session, Tenant, User
from tenants.services import session_refresh as session_refresh_module
from tenants.services.session_refresh import REUSE_GRACE_SECONDS, session_refresh
from tenants.services.sessions import Device, TokenPair, session_end
from tenants.tokens.access import verify_access
from tenants.tokens.refresh import first_token, parse_refresh
from tests.factories.sessions import DEVICE, age, erase, signed_in, stored


def refresh(pair: TokenPair, **given) -> TokenPair:
    return session_refresh(refresh=pair.refresh, device=DEVICE, **given)


def tokens(pair: TokenPair) -> tuple[str, str, int]:
    return pair.access, pair.refresh, pair.expires_in_seconds


@pytest.fixture
def person(in_acme, make_person) -> User:
    return make_person(in_acme)


@pytest.fixture
def first(person, acme) -> TokenPair:
    return signed_in(person, acme)


# One child.


def test_a_refresh_spends_the_token_and_keeps_the_session(first) -> None:
    second = refresh(first)
    third = refresh(second)

    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert {verify_access(pair.access).session_id for pair in (first, second, third)} == {first.session.pk}
    assert len({verify_access(pair.access).token_id for pair in (first, second, third)}) == 3
    assert stored(first).generation == 2


def test_twenty_threads_with_one_token_get_one_child_in_thirty_rounds(fresh_tenant, make_person, run_threads) -> None:
    tenant = fresh_tenant()
    pair = signed_in(make_person(tenant), tenant)
    token, seen = pair.refresh, {pair.refresh}

    for round_number in range(1, 31):
        answers = run_threads(20, lambda _index, raw=token: tokens(session_refresh(refresh=raw, device=DEVICE)))
        assert len(set(answers)) == 1, f"round {round_number}: {set(answers)}"
        token = answers[0][1]
        seen.add(token)
        assert stored(pair).generation == round_number

    assert len(seen) == 31
    assert stored(pair).revoked_at is None


def _meanwhile(monkeypatch: pytest.MonkeyPatch, happens) -> None:
    """Let `happens()` take place once, after the token was found good and before it is spent."""
    admit, waiting = session_refresh_module._admit, [happens]

    def admit_slowly(*given) -> str:
        role = admit(*given)
        if waiting:
            waiting.pop()()
        return role

    monkeypatch.setattr(session_refresh_module, "_admit", admit_slowly)


def test_a_refresh_overtaken_by_another_gets_its_child(first, monkeypatch) -> None:
    quicker = []
    _meanwhile(monkeypatch, lambda: quicker.append(refresh(first)))

    assert tokens(refresh(first)) == tokens(quicker[0])
    assert stored(first).generation == 1


def test_a_refresh_overtaken_twice_does_not_set_the_chain_back(first, monkeypatch) -> None:
    newest = []
    _meanwhile(monkeypatch, lambda: newest.append(refresh(refresh(first))))

    with pytest.raises(TokenReused):
        refresh(first)

    assert stored(first).generation == 2
    assert stored(first).token_digest == parse_refresh(newest[0].refresh).digest


def test_a_refresh_overtaken_by_the_end_of_the_session_gives_nothing(first, monkeypatch) -> None:
    _meanwhile(monkeypatch, lambda: session_end(session_id=first.session.pk, reason=SessionEnd.SIGNED_OUT))

    with pytest.raises(SessionRevoked):
        refresh(first)

    assert stored(first).generation == 0


# The direct parent, again.


def test_the_direct_parent_gets_its_child_again_within_the_grace(first) -> None:
    child = refresh(first)
    age(first, seconds=REUSE_GRACE_SECONDS - 1)

    again = refresh(first)

    assert again.refresh == child.refresh
    assert stored(first).revoked_at is None
    assert stored(first).generation == 1


def test_an_answer_that_got_lost_comes_again_byte_for_byte(first) -> None:
    assert tokens(refresh(first)) == tokens(refresh(first)) == tokens(refresh(first))


def test_the_direct_parent_after_the_grace_ends_the_session(first) -> None:
    child = refresh(first)
    age(first, seconds=REUSE_GRACE_SECONDS + 1)

    with pytest.raises(TokenReused):
        refresh(first)

    assert stored(first).revoked_reason == SessionEnd.REUSED
    with pytest.raises(TokenReused):
        refresh(child)


def test_the_grandparent_ends_the_session_at_any_time(first) -> None:
    grandchild = refresh(refresh(first))

    with pytest.raises(TokenReused):
        refresh(first)

    assert stored(first).revoked_reason == SessionEnd.REUSED
    with pytest.raises(TokenReused):
        refresh(grandchild)


def test_a_distant_ancestor_ends_the_session(first) -> None:
    newest = first
    for _round in range(5):
        newest = refresh(newest)

    with pytest.raises(TokenReused):
        refresh(first)

    with pytest.raises(TokenReused):
        refresh(newest)


def test_a_replay_ends_every_session_of_the_same_sign_in_and_no_other(person, first, acme, globex) -> None:
    Membership.objects.create(user=person, tenant=globex)
    switched = signed_in(person, globex, continues=first.session)
    elsewhere = signed_in(person, acme)
    refresh(refresh(first))

    with pytest.raises(TokenReused):
        refresh(first)

    with pytest.raises(TokenReused):
        refresh(switched)
    assert stored(elsewhere).revoked_at is None
    assert refresh(elsewhere).refresh


def test_the_end_stays_although_the_request_failed(fresh_tenant, make_person, run_threads) -> None:
    tenant = fresh_tenant()
    first = signed_in(make_person(tenant), tenant)
    refresh(refresh(first))

    with pytest.raises(TokenReused):
        refresh(first)

    [seen_elsewhere] = run_threads(1, lambda _index: stored(first).revoked_reason)
    assert seen_elsewhere == SessionEnd.REUSED


def test_a_refresh_inside_a_transaction_that_could_undo_the_end_is_an_error_of_ours(fresh_tenant, make_person) -> None:
    tenant = fresh_tenant()
    first = signed_in(make_person(tenant), tenant)
    refresh(refresh(first))

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        refresh(first)


def test_an_invented_token_of_a_known_session_ends_nothing(first) -> None:
    refresh(refresh(first))

    with pytest.raises(TokenInvalid):
        session_refresh(refresh=first_token(first.session.pk).raw[:-4] + "AAAA", device=DEVICE)

    assert stored(first).revoked_at is None


def test_a_child_of_the_newest_token_that_was_never_issued_is_refused(first) -> None:
    """After a database was restored from a backup, clients hold tokens that it does not know yet."""
    ahead = refresh(refresh(first))
    Session.objects.filter(pk=first.session.pk).update(
        generation=0, token_digest=first.session.token_digest, parent_digest=""
    )

    with pytest.raises(TokenInvalid):
        refresh(ahead)

    assert stored(first).revoked_at is None


def test_a_new_server_secret_with_the_former_as_fallback_signs_nobody_out(first, settings) -> None:
    child = refresh(first)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of this server, long enough"

    assert refresh(first).refresh == child.refresh
    assert refresh(child).refresh != child.refresh


# The knobs.


def test_without_reuse_detection_a_spent_token_is_refused_and_the_session_goes_on(first, settings) -> None:
    settings.REFRESH_REUSE_DETECTION = False
    newest = refresh(refresh(first))

    with pytest.raises(TokenReused):
        refresh(first)

    assert stored(first).revoked_at is None
    assert refresh(newest).refresh != newest.refresh


def test_without_rotation_one_refresh_token_serves_the_whole_session(first, settings) -> None:
    settings.REFRESH_ROTATION_ENABLED, settings.REFRESH_REUSE_DETECTION = False, False
    age(first, seconds=60)

    again = refresh(first)

    assert again.refresh == first.refresh
    assert verify_access(again.access).session_id == first.session.pk
    assert stored(first).last_used_at > timezone.now() - timedelta(seconds=30)
    session_end(session_id=first.session.pk, reason=SessionEnd.SIGNED_OUT)
    with pytest.raises(SessionRevoked):
        refresh(first)


# Who may go on, and where.


def test_an_ended_session_is_refused(first) -> None:
    session_end(session_id=first.session.pk, reason=SessionEnd.SIGNED_OUT)

    with pytest.raises(SessionRevoked):
        refresh(first)


def test_another_organisations_address_refuses_and_spends_nothing(first, acme, globex) -> None:
    with pytest.raises(TenantMismatch):
        refresh(first, within=globex.pk)

    assert stored(first).generation == 0
    assert refresh(first, within=acme.pk).refresh != first.refresh


def test_a_suspended_organisation_refuses_and_spends_nothing(first, acme) -> None:
    Tenant.objects.filter(pk=acme.pk).update(status=TenantStatus.SUSPENDED)
    with pytest.raises(TenantSuspended):
        refresh(first)

    Tenant.objects.filter(pk=acme.pk).update(status=TenantStatus.ACTIVE)
    assert refresh(first).refresh != first.refresh


def test_a_person_whose_membership_ended_is_refused(first, person) -> None:
    Membership.objects.filter(user=person).update(is_active=False)

    with pytest.raises(TenantMismatch):
        refresh(first)


def test_a_deactivated_person_is_refused(first, person) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)

    with pytest.raises(SessionRevoked):
        refresh(first)


def test_a_deleted_person_is_refused(first, person) -> None:
    erase(person)

    with pytest.raises(TokenInvalid):
        refresh(first)


def test_a_password_changed_by_any_door_ends_the_session(first, person) -> None:
    person.set_password("another long password")
    person.save()

    with pytest.raises(SessionRevoked):
        refresh(first)


def test_the_role_of_now_goes_into_the_token(first, person) -> None:
    Membership.objects.filter(user=person).update(role="admin")

    assert verify_access(refresh(first).access).role == "admin"


# Time.


def test_a_session_that_is_not_used_ends(first, settings) -> None:
    life = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"].total_seconds()
    age(first, seconds=life - 5)
    second = refresh(first)
    age(first, seconds=life + 1)

    with pytest.raises(TokenExpired):
        refresh(second)


def test_a_session_ends_at_the_latest_however_much_it_is_used(first, settings) -> None:
    age(first, seconds=settings.REFRESH_SESSION_TTL_S - 60)
    Session.objects.filter(pk=first.session.pk).update(idle_expires_at=timezone.now() + timedelta(seconds=30))

    second = refresh(first)

    assert stored(first).idle_expires_at == stored(first).expires_at
    assert second.expires_in_seconds <= 60
    age(first, seconds=61)
    with pytest.raises(TokenExpired):
        refresh(second)


def test_a_spent_token_of_a_session_that_ran_out_has_just_expired(first, settings) -> None:
    refresh(refresh(first))
    age(first, seconds=settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"].total_seconds() + 1)

    with pytest.raises(TokenExpired):
        refresh(first)

    assert stored(first).revoked_at is None


def test_a_refresh_notes_the_device(first) -> None:
    session_refresh(refresh=first.refresh, device=Device("Safari on a train", "2001:db8::1"))

    assert (stored(first).user_agent, stored(first).address) == ("Safari on a train", "2001:db8::1")
