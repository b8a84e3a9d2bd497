"""`/me/email`: an address is verified, or exchanged, by who reads its mail."""

import pytest
from django.core import mail

from config.kernel.context import Actor
from tenants.models import User
from tenants.services.link_mails import links_send
from tenants.services.passwords import password_change
from tests.factories.links import mailed_token
from tests.factories.people import PASSWORD

ASK, CONFIRM = "/api/v1/me/email", "/api/v1/auth/email/confirm"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, email="ada@example.org")


@pytest.fixture
def asks(ada, acme, api):
    """`asks(email)`: the answer to Ada."""
    return lambda email, password=PASSWORD: api(ada, acme).post(ASK, {"email": email, "current_password": password})


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_person_verifies_their_address(ada, asks, acme, api, anonymous_api) -> None:
    assert asks("ada@example.org").status_code == 204

    assert anonymous_api().post(CONFIRM, {"token": mailed_token("ada@example.org")}).status_code == 204

    assert api(ada, acme).get("/api/v1/me").json()["data"]["email_verified"] is True


def test_a_person_takes_a_new_address_once_they_read_mail_there(ada, asks, anonymous_api) -> None:
    asks("countess@example.org")
    token = mailed_token("countess@example.org")
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"

    anonymous_api().post(CONFIRM, {"token": token})

    ada.refresh_from_db()
    assert ada.email == "countess@example.org"
    assert ada.email_verified_at is not None
    assert error_of(anonymous_api().post(CONFIRM, {"token": token})) == (400, "link_invalid")


def test_somebody_elses_address_is_answered_alike_and_gets_no_mail(asks, acme, make_person) -> None:
    make_person(acme, email="bob@example.org")

    assert asks("bob@example.org").status_code == asks("nobody@example.org").status_code == 204

    links_send()
    assert [sent.to for sent in mail.outbox] == [["nobody@example.org"]]


def test_an_address_that_was_taken_meanwhile_stays_with_its_owner(ada, asks, acme, make_person, anonymous_api) -> None:
    asks("new@example.org")
    token = mailed_token("new@example.org")
    make_person(acme, email="new@example.org")

    assert error_of(anonymous_api().post(CONFIRM, {"token": token})) == (400, "link_invalid")
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


def test_a_wrong_password_sends_nothing(asks) -> None:
    assert error_of(asks("new@example.org", "wrong")) == (400, "validation_failed")
    assert links_send() == 0


def test_a_changed_password_calls_the_exchange_off(ada, asks, anonymous_api) -> None:
    asks("thief@example.org")
    token = mailed_token("thief@example.org")

    password_change(actor=Actor(user_id=ada.pk), current=PASSWORD, new="a quite different sentence")

    assert error_of(anonymous_api().post(CONFIRM, {"token": token})) == (400, "link_invalid")


def test_a_stranger_verifies_nothing(in_acme, anonymous_api) -> None:
    answer = anonymous_api(in_acme).post(ASK, {"email": "a@example.org", "current_password": PASSWORD})

    assert error_of(answer) == (401, "authentication_failed")
