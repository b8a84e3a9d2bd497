"""Passwords: the same work for everybody who knocks, and an end to the sessions when one changes."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher, make_password

from config.kernel.context import Actor
from config.kernel.errors import AuthenticationFailed, SessionRevoked, ValidationFailed
from tenants.choices import SessionEnd
from tenants.models import User
from tenants.selectors import directory
from tenants.services.passwords import password_change, password_matches, password_set
from tenants.services.session_refresh import session_refresh
from tests.factories.people import PASSWORD
from tests.factories.sessions import DEVICE, signed_in, stored

NEW = "a quite different sentence"


@pytest.fixture
def person(in_acme, make_person) -> User:
    return make_person(in_acme)


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every time a password is hashed."""
    counted: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        counted.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return counted


def test_an_unknown_person_costs_as_many_hashings_as_a_known_one(person, hashings) -> None:
    assert not password_matches(person, "wrong")
    known = len(hashings)
    hashings.clear()

    assert not password_matches(None, "wrong")

    assert len(hashings) == known == 1


def test_a_person_without_a_password_costs_the_same(person, hashings) -> None:
    person.set_unusable_password()

    assert not password_matches(person, "wrong")

    assert len(hashings) == 1


def test_a_person_changes_their_password_and_stays_signed_in_here_alone(person, acme) -> None:
    here, there = signed_in(person, acme), signed_in(person, acme)

    password_change(actor=Actor(user_id=person.pk, session_id=here.session.pk), current=PASSWORD, new=NEW)

    person.refresh_from_db()
    assert person.check_password(NEW)
    assert stored(there).revoked_reason == SessionEnd.PASSWORD
    assert directory.access_of(person.pk, acme.pk, here.session.pk).session_end == ""
    assert session_refresh(refresh=here.refresh, device=DEVICE).refresh
    with pytest.raises(SessionRevoked):
        session_refresh(refresh=there.refresh, device=DEVICE)


def test_a_wrong_present_password_changes_nothing(person, acme) -> None:
    there = signed_in(person, acme)

    with pytest.raises(ValidationFailed) as refused:
        password_change(actor=Actor(user_id=person.pk), current="wrong", new=NEW)

    assert list(refused.value.details["fields"]) == ["current_password"]
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert stored(there).revoked_at is None


@pytest.mark.parametrize("weak", ["short", "password1234"])
def test_a_weak_password_is_refused_and_changes_nothing(person, acme, weak) -> None:
    there = signed_in(person, acme)

    with pytest.raises(ValidationFailed) as refused:
        password_change(actor=Actor(user_id=person.pk), current=PASSWORD, new=weak)

    assert list(refused.value.details["fields"]) == ["new_password"]
    assert stored(there).revoked_at is None


def test_nobody_has_no_password_to_change(in_acme) -> None:
    with pytest.raises(AuthenticationFailed):
        password_change(actor=Actor(user_id=None), current=PASSWORD, new=NEW)


def test_a_password_set_by_somebody_else_ends_every_session(person, acme, make_person) -> None:
    admin = make_person(acme, role="admin")
    pair, of_admin = signed_in(person, acme), signed_in(admin, acme)

    password_set(actor=Actor(user_id=admin.pk, session_id=of_admin.session.pk), user=person, new=NEW)

    assert stored(pair).revoked_reason == SessionEnd.PASSWORD
    assert stored(of_admin).revoked_at is None


def test_a_hash_of_an_older_strength_is_renewed_and_signs_nobody_out(person, acme, settings) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
    ]
    User.objects.filter(pk=person.pk).update(password=make_password(PASSWORD, hasher="scrypt"))
    person.refresh_from_db()
    pair = signed_in(person, acme)

    assert password_matches(person, PASSWORD)

    assert User.objects.get(pk=person.pk).password.startswith("md5$")
    assert directory.access_of(person.pk, acme.pk, pair.session.pk).session_end == ""
    assert session_refresh(refresh=pair.refresh, device=DEVICE).refresh


@pytest.mark.parametrize(
    ("email", "password", "gets_in"),
    [
        ("ada@example.org", PASSWORD, True),
        (" ADA@Example.org ", PASSWORD, True),
        ("ada@example.org", "wrong", False),
        ("nobody@example.org", PASSWORD, False),
        ("ada@example.org", PASSWORD + "x" * 2000, False),
        ("ADA\u2024@example.org", PASSWORD, False),
        ("\u0430da@example.org", PASSWORD, False),
    ],
    ids=["right", "case and blanks", "wrong", "unknown", "too long", "look-alike dot", "look-alike letter"],
)
def test_djangos_own_pages_let_the_right_person_in(in_acme, make_person, email, password, gets_in) -> None:
    person = make_person(in_acme, email="ada@example.org")

    found = authenticate(None, username=email, password=password)

    assert found == (person if gets_in else None)


def test_djangos_own_pages_refuse_inactive_people(person) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)

    assert authenticate(None, username=person.email, password=PASSWORD) is None
