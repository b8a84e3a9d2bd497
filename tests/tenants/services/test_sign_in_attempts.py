"""Guessing is slow, and the owner is never locked out."""

from collections.abc import Iterator
from threading import Lock

import pytest

from tenants.services import passwords, sign_in_attempts
from tests.factories import people
from tests.factories.sessions import signed_in

URL = "/api/v1/auth/token"
EMAIL = "ada@example.org"
WRONG = "not the password at all"


class Checks:
    """How often a password was really looked at."""

    def __init__(self, genuine) -> None:
        self._genuine, self._lock, self.count = genuine, Lock(), 0

    def __call__(self, *arguments, **options):
        with self._lock:
            self.count += 1
        return self._genuine(*arguments, **options)


@pytest.fixture
def checks(monkeypatch) -> Iterator[Checks]:
    counter = Checks(passwords.verify_password)
    monkeypatch.setattr(passwords, "verify_password", counter)
    return counter


@pytest.fixture
def attempt(anonymous_api):
    """`attempt(password, email=EMAIL, address="192.0.2.1", cookies=None, **body)`: the answer to one attempt."""

    def one(password, *, email=EMAIL, address="192.0.2.1", cookies=None, **body):
        client = anonymous_api()
        for name, value in (cookies or {}).items():
            client.cookies[name] = value
        return client.post(URL, {"email": email, "password": password, **body}, REMOTE_ADDR=address)

    return one


def statuses(responses) -> dict[int, int]:
    found = [response.status_code for response in responses]
    return {status: found.count(status) for status in sorted(set(found))}


@pytest.mark.parametrize("one_address", [True, False], ids=["one address", "a hundred addresses"])
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"], ids=["known", "unknown"])
def test_of_a_hundred_guesses_at_once_five_reach_the_password(
    limits, fresh_tenant, run_threads, attempt, checks, email, one_address
):
    people.person(fresh_tenant(), email=EMAIL)
    limits()

    results = run_threads(
        100, lambda index: attempt(WRONG, email=email, address="192.0.2.1" if one_address else f"192.0.2.{index + 1}")
    )

    assert checks.count == 5
    assert statuses(results) == {401: 5, 429: 95}


def test_the_owner_gets_in_from_an_address_they_used_before_while_strangers_guess(
    limits, in_acme, make_person, attempt, checks
):
    ada = make_person(in_acme, email=EMAIL)
    signed_in(ada, in_acme)  # from 192.0.2.7
    limits()
    assert statuses([attempt(WRONG, address=f"203.0.113.{n}") for n in range(20)]) == {401: 5, 429: 15}

    assert attempt(people.PASSWORD, address="203.0.113.99").status_code == 429
    assert attempt(people.PASSWORD, address="192.0.2.7").status_code == 200


def test_the_owner_gets_in_on_their_browser_from_the_very_address_of_the_guesser(limits, in_acme, make_person, attempt):
    make_person(in_acme, email=EMAIL)
    limits()
    first = attempt(people.PASSWORD, mode="cookie")
    mark = first.cookies["novella_device"]
    assert mark["httponly"]
    assert mark["samesite"] == "Strict"
    assert statuses([attempt(WRONG) for _ in range(20)]) == {401: 5, 429: 15}

    assert attempt(people.PASSWORD).status_code == 429
    assert attempt(people.PASSWORD, cookies={"novella_device": mark.value}).status_code == 200


def test_a_mark_of_somebody_else_or_a_forged_one_is_worth_nothing(limits, in_acme, make_person, attempt, checks):
    make_person(in_acme, email=EMAIL)
    eve = make_person(in_acme, email="eve@example.org")
    limits()
    for _ in range(5):
        attempt(WRONG)
    marks = [sign_in_attempts.known_mark_of(eve), "forged", "x" * 9999, "a:b:c", "WyJhIl0:1:2"]

    answers = [attempt(WRONG, cookies={"novella_device": mark}) for mark in marks]

    assert statuses(answers) == {429: len(marks)}
    assert checks.count == 5


def test_a_known_device_may_not_guess_for_ever(limits, in_acme, make_person, attempt, checks):
    ada = make_person(in_acme, email=EMAIL)
    limits()
    mark = sign_in_attempts.known_mark_of(ada)

    answers = [attempt(WRONG, cookies={"novella_device": mark}, address=f"203.0.113.{n}") for n in range(9)]

    assert statuses(answers) == {401: 5, 429: 4}


def test_right_passwords_do_not_count(limits, in_acme, make_person, attempt):
    make_person(in_acme, email=EMAIL)
    limits()

    assert statuses([attempt(people.PASSWORD, address=f"203.0.113.{n}") for n in range(12)]) == {200: 12}


def test_an_account_is_the_same_whatever_its_case(limits, in_acme, make_person, attempt, checks):
    make_person(in_acme, email=EMAIL)
    limits()
    for email in (EMAIL, "ADA@example.org", "Ada@Example.org", "aDa@example.ORG", "ADA@EXAMPLE.ORG", "adA@example.org"):
        attempt(WRONG, email=email)

    assert checks.count == 5


def test_many_accounts_from_one_address_are_counted_by_the_address(limits, in_acme, attempt, checks):
    limits(sign_in_address="10/60")

    answers = [attempt(WRONG, email=f"person-{n}@example.org") for n in range(15)]

    assert statuses(answers) == {401: 10, 429: 5}
    assert checks.count == 10


def test_the_sign_in_page_is_no_way_around(limits, in_acme, make_person, anonymous_api, attempt, checks):
    make_person(in_acme, email=EMAIL)
    limits()
    for _ in range(5):
        attempt(WRONG)

    page = anonymous_api(host="acme.testserver").post(
        "/api-auth/login/", {"username": EMAIL, "password": people.PASSWORD}, format="multipart"
    )

    assert page.status_code == 429
    assert "sessionid" not in page.cookies
    assert checks.count == 5


def test_a_stolen_access_token_may_not_guess_the_password(limits, api, in_acme, make_person, checks):
    ada = make_person(in_acme, email=EMAIL)
    client = api(ada, in_acme)
    limits()
    body = {"current_password": WRONG, "new_password": "another long passphrase"}

    answers = [client.post("/api/v1/me/password", body) for _ in range(8)]

    assert statuses(answers) == {400: 5, 429: 3}
    assert checks.count == 5
