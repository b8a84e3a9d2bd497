"""A lost password: asked for by anybody, set by who reads the mailbox, once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.kernel.context import Actor
from tenants.choices import SessionEnd
from tenants.models import MailedLink, User
from tenants.services.link_mails import links_send
from tenants.services.passwords import password_change
from tests.factories.links import mailed_token
from tests.factories.people import PASSWORD
from tests.factories.sessions import signed_in, stored

ASK, CONFIRM = "/api/v1/auth/password-reset", "/api/v1/auth/password-reset/confirm"
NEW = "a quite different sentence"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, email="ada@example.org")


@pytest.fixture
def asked(ada, anonymous_api) -> str:
    """The token in Ada's mailbox."""
    assert anonymous_api().post(ASK, {"email": "ADA@example.org "}).status_code == 204
    return mailed_token("ada@example.org")


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_the_reader_of_the_mailbox_sets_a_new_password_and_every_session_ends(asked, ada, acme, anonymous_api) -> None:
    pair = signed_in(ada, acme)

    assert anonymous_api().post(CONFIRM, {"token": asked, "password": NEW}).status_code == 204

    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert ada.email_verified_at is not None
    assert stored(pair).revoked_reason == SessionEnd.PASSWORD


def test_unknown_inactive_and_known_addresses_take_the_same_work(ada, acme, make_person, anonymous_api) -> None:
    User.objects.filter(pk=make_person(acme, email="gone@example.org").pk).update(is_active=False)
    seen = set()
    for name in ("ada", "gone", "nobody"):
        with CaptureQueriesContext(connection) as queries:
            response = anonymous_api().post(ASK, {"email": f"{name}@example.org"})
        work = tuple(query["sql"].partition('" ')[0] for query in queries if "SAVEPOINT" not in query["sql"])
        seen.add((response.status_code, response.content, work))

    [(status, body, work)] = seen
    assert (status, body) == (204, b"")
    assert 'INSERT INTO "tenants_mailedlink' in work
    assert links_send() == 1
    assert [sent.to for sent in mail.outbox] == [["ada@example.org"]]


def test_a_link_works_once_and_takes_its_siblings_along(asked, ada, anonymous_api) -> None:
    MailedLink.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
    anonymous_api().post(ASK, {"email": "ada@example.org"})
    second = mailed_token("ada@example.org")
    assert second != asked

    assert anonymous_api().post(CONFIRM, {"token": asked, "password": NEW}).status_code == 204

    for token in (asked, second):
        assert error_of(anonymous_api().post(CONFIRM, {"token": token, "password": NEW})) == (400, "link_invalid")


def test_a_link_dies_with_the_password_it_was_sent_for(asked, ada, anonymous_api) -> None:
    password_change(actor=Actor(user_id=ada.pk), current=PASSWORD, new=NEW)

    answer = anonymous_api().post(CONFIRM, {"token": asked, "password": "the thief's own sentence"})

    assert error_of(answer) == (400, "link_invalid")
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_a_link_is_good_for_an_hour(asked, anonymous_api) -> None:
    MailedLink.objects.update(expires_at=timezone.now())

    assert error_of(anonymous_api().post(CONFIRM, {"token": asked, "password": NEW})) == (400, "link_invalid")


def test_a_link_for_one_purpose_serves_no_other(asked, anonymous_api) -> None:
    for url in ("/api/v1/auth/email/confirm", "/api/v1/auth/invitation"):
        assert error_of(anonymous_api().post(url, {"token": asked})) == (400, "link_invalid")


@pytest.mark.parametrize("weak", ["eleven char", "password1234", "PassWord1234"])
def test_a_weak_password_is_refused_and_the_link_stays_open(asked, anonymous_api, weak) -> None:
    answer = anonymous_api().post(CONFIRM, {"token": asked, "password": weak})

    assert error_of(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]["fields"]) == ["password"]
    assert anonymous_api().post(CONFIRM, {"token": asked, "password": NEW}).status_code == 204


def test_a_password_needs_no_kinds_of_letters_and_may_resemble_the_address(asked, anonymous_api) -> None:
    assert anonymous_api().post(CONFIRM, {"token": asked, "password": "ada@example.org"}).status_code == 204


def test_asking_again_at_once_sends_no_second_mail(asked, anonymous_api) -> None:
    anonymous_api().post(ASK, {"email": "ada@example.org"})

    assert links_send() == 0
    assert len(mail.outbox) == 1
