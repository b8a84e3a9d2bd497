"""The second factor: set up, asked for by every door that takes a password, spent once."""

import base64
import re

import pytest
from django.contrib.auth import authenticate
from django.test import Client
from django_otp.oath import TOTP

from config.kernel.context import SYSTEM, Actor
from config.kernel.errors import PermissionDenied
from config.settings.limits import POLICIES
from tenants.exceptions import SecondFactorInvalid
from tenants.models import Membership, RecoveryCode, SecondFactor, Session, User
from tenants.services.second_factor import (
    second_factor_begin,
    second_factor_confirm,
    second_factor_proof,
    second_factor_reset,
)
from tenants.services.sign_in import sign_in
from tenants.tokens.sealed import Unreadable, unseal
from tests.factories.people import PASSWORD
from tests.factories.sessions import DEVICE

URL, SIGN_IN = "/api/v1/me/second-factor", "/api/v1/auth/token"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, email="ada@example.org")


def code_of(secret: str) -> str:
    return f"{TOTP(base64.b32decode(secret)).token():06}"


def another_step(user: User) -> None:
    """As if the half minute of the last code were over."""
    SecondFactor.objects.filter(user=user).update(last_step=0)


def protect(user: User) -> tuple[str, list[str]]:
    """Give the person a second factor: its secret, and the recovery codes. The code of this half minute is free."""
    actor = Actor(user_id=user.pk, label=user.email)
    secret = second_factor_begin(actor=actor, current_password=PASSWORD).secret
    codes = second_factor_confirm(actor=actor, code=code_of(secret))
    another_step(user)
    return secret, codes


@pytest.fixture
def attempt(anonymous_api):
    return lambda **body: anonymous_api().post(SIGN_IN, {"email": "ada@example.org", "password": PASSWORD, **body})


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_person_switches_it_on_and_off(ada, acme, api, attempt) -> None:
    client = api(ada, acme)
    begun = client.post(URL, {"current_password": PASSWORD}).json()["data"]
    assert re.fullmatch(r"otpauth://totp/NovellaForge%3Aada%40example\.org\?secret=\w{32}&.*", begun["address"])
    assert attempt().status_code == 200  # not confirmed: nothing changed yet

    codes = client.post(f"{URL}/confirm", {"code": code_of(begun["secret"])}).json()["data"]["recovery_codes"]

    assert len(set(codes)) == 10
    assert client.get(URL).json()["data"] == {"enabled": True, "recovery_codes_left": 10}
    assert error_of(attempt()) == (401, "second_factor_required")
    another_step(ada)
    assert attempt(code=code_of(begun["secret"])).status_code == 200
    off = {"current_password": PASSWORD, "code": codes[0]}
    assert client.post(f"{URL}/remove", off).status_code == 204
    assert attempt().status_code == 200


def test_a_code_works_once(ada, attempt) -> None:
    secret, _codes = protect(ada)
    code = code_of(secret)

    assert attempt(code=f" {code[:3]} {code[3:]}").status_code == 200
    assert error_of(attempt(code=code)) == (401, "second_factor_invalid")


def test_a_recovery_code_works_once_however_it_is_typed(ada, acme, api, attempt) -> None:
    _secret, codes = protect(ada)

    assert attempt(code=codes[3].upper().replace("-", " ")).status_code == 200
    assert error_of(attempt(code=codes[3])) == (401, "second_factor_invalid")
    assert api(ada, acme).get(URL).json()["data"]["recovery_codes_left"] == 9


@pytest.mark.parametrize(
    "code", ["000000", "\uff11\uff12\uff13\uff14\uff15\uff16", "abcdef", "0", "x" * 64, "12345\u0662"]
)
def test_a_wrong_code_opens_nothing(ada, attempt, code) -> None:
    protect(ada)
    SecondFactor.objects.update(last_step=2**40)  # no code of the device can be right

    assert error_of(attempt(code=code)) == (401, "second_factor_invalid")
    assert not Session.objects.filter(user=ada).exists()


def test_a_wrong_password_tells_nothing_of_a_second_factor(ada, attempt) -> None:
    secret, _codes = protect(ada)

    assert error_of(attempt(password="wrong", code=code_of(secret))) == (401, "authentication_failed")


def test_guessing_codes_is_as_slow_as_guessing_passwords(ada, attempt, settings) -> None:
    protect(ada)
    settings.RATE_LIMIT_POLICIES = POLICIES
    SecondFactor.objects.update(last_step=2**40)

    answers = [error_of(attempt(code=f"{number:06}")) for number in range(8)]

    assert answers.count((401, "second_factor_invalid")) == 5
    assert answers[-1] == (429, "rate_limited")


def test_naming_no_organisation_costs_no_code(ada, globex, attempt) -> None:
    Membership.objects.create(user=ada, tenant=globex)
    secret, _codes = protect(ada)

    assert error_of(attempt(code=code_of(secret))) == (409, "tenant_required")
    assert attempt(code=code_of(secret), tenant="acme").status_code == 200


def test_pages_that_take_a_password_take_the_code_too(ada, acme, rf, settings) -> None:
    secret, _codes = protect(ada)
    form = {"username": "ada@example.org", "password": PASSWORD}
    host = {"HTTP_HOST": f"acme.{settings.BASE_DOMAIN}"}

    Client().post("/api-auth/login/", form, **host)
    assert authenticate(rf.post("/"), username="ada@example.org", password=PASSWORD) is None
    browser = Client()
    assert browser.post("/api-auth/login/", form, **host).status_code == 200
    assert browser.post("/api-auth/login/", {**form, "code": code_of(secret)}, **host).status_code == 302
    assert 'name="code"' in Client().get("/api-auth/login/", **host).content.decode()


def test_a_first_code_has_to_be_right(ada, acme, api) -> None:
    client = api(ada, acme)
    assert error_of(client.post(f"{URL}/confirm", {"code": "000000"})) == (409, "conflict")
    client.post(URL, {"current_password": PASSWORD})
    SecondFactor.objects.update(last_step=2**40)

    assert error_of(client.post(f"{URL}/confirm", {"code": "000000"})) == (400, "validation_failed")
    assert client.get(URL).json()["data"] == {"enabled": False, "recovery_codes_left": 0}


def test_setting_up_and_removing_need_password_and_code(ada, acme, api) -> None:
    client = api(ada, acme)
    assert error_of(client.post(URL, {"current_password": "wrong"})) == (400, "validation_failed")
    _secret, codes = protect(ada)

    assert error_of(client.post(URL, {"current_password": PASSWORD})) == (409, "conflict")
    for url in (f"{URL}/remove", f"{URL}/recovery-codes"):
        wrong = {"current_password": PASSWORD, "code": "wrong"}, {"current_password": "wrong", "code": codes[0]}
        assert [error_of(client.post(url, body)) for body in wrong] == [(400, "validation_failed")] * 2
    assert SecondFactor.objects.filter(user=ada, confirmed_at__isnull=False).exists()


def test_new_recovery_codes_take_the_place_of_the_old(ada, acme, api, attempt) -> None:
    _secret, old = protect(ada)

    body = {"current_password": PASSWORD, "code": old[0]}
    new = api(ada, acme).post(f"{URL}/recovery-codes", body).json()["data"]["recovery_codes"]

    assert error_of(attempt(code=old[1])) == (401, "second_factor_invalid")
    assert attempt(code=new[1]).status_code == 200


def test_nothing_usable_is_stored(ada, settings) -> None:
    secret, codes = protect(ada)
    stored = str(list(SecondFactor.objects.values())) + str(list(RecoveryCode.objects.values()))

    assert secret not in stored
    assert not any(code.replace("-", "") in stored for code in codes)
    sealed = SecondFactor.objects.get().sealed_secret
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 5
    with pytest.raises(Unreadable):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert base64.b32encode(unseal(sealed)).decode() == secret


def test_an_operator_resets_it_and_others_do_not(ada, make_person, acme, attempt) -> None:
    protect(ada)
    admin = make_person(acme, role="admin")
    with pytest.raises(PermissionDenied):
        second_factor_reset(actor=Actor(user_id=admin.pk, tenant_role="admin"), user_id=ada.pk)

    assert second_factor_reset(actor=SYSTEM, user_id=ada.pk)
    assert not second_factor_reset(actor=SYSTEM, user_id=ada.pk)
    assert attempt().status_code == 200


def test_of_many_with_one_code_at_once_one_gets_in(fresh_tenant, make_person, run_threads) -> None:
    tenant = fresh_tenant()
    user = make_person(tenant, email="many@example.org")
    secret, _codes = protect(user)
    code = code_of(secret)

    def enter(index: int) -> None:
        sign_in(email="many@example.org", password=PASSWORD, tenant=None, device=DEVICE, code=code)

    results = run_threads(4, enter)

    assert [result for result in results if result is None] == [None]
    assert all(isinstance(result, SecondFactorInvalid) for result in results if result is not None)
    assert Session.objects.filter(user=user).count() == 1


@pytest.mark.parametrize("kind", ["device", "recovery"])
def test_a_code_that_two_have_checked_is_spent_by_one(ada, kind) -> None:
    secret, codes = protect(ada)
    code = code_of(secret) if kind == "device" else codes[0]

    first, second = second_factor_proof(ada, code), second_factor_proof(ada, code)

    assert [second(), first()] == [True, False]
