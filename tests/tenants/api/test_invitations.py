"""Invitations: mailed, used once, by new people and by known ones."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from config.kernel.context import SYSTEM
from tenants.choices import TenantStatus
from tenants.exceptions import LinkInvalid
from tenants.models import MailedLink, Membership, User
from tenants.selectors import directory
from tenants.services.invitations import invitation_accept, invitation_send
from tenants.services.link_mails import links_send
from tenants.services.links import links_purge
from tests.factories.links import mailed_token
from tests.factories.people import PASSWORD

MEMBERS, INVITATIONS = "/api/v1/members", "/api/v1/members/invitations"
READ, ACCEPT = "/api/v1/auth/invitation", "/api/v1/auth/invitation/accept"
NEW = "a quite different sentence"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, role="admin", email="ada@example.org")


@pytest.fixture
def invited(ada, acme, api):
    """`invited(email, role)`: the token in the mailbox of somebody whom Ada invited."""

    def invite(email: str = "eve@example.org", role: str = "member") -> str:
        response = api(ada, acme).post(MEMBERS, {"email": email, "role": role})
        assert response.status_code == 201, response.json()
        return mailed_token(response.json()["data"]["email"])

    return invite


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_a_stranger_joins_with_a_new_account(invited, acme, anonymous_api) -> None:
    token = invited(role="admin")
    client = anonymous_api()
    offer = {"email": "eve@example.org", "tenant": {"slug": "acme", "name": "Acme"}, "role": "admin"}
    assert client.post(READ, {"token": token}).json()["data"] == {**offer, "account_exists": False}

    response = client.post(ACCEPT, {"token": token, "password": NEW, "name": "Eve"})

    assert (response.status_code, response.json()["data"]) == (200, {**offer, "account_exists": False})
    eve = User.objects.get(email="eve@example.org")
    assert eve.check_password(NEW)
    assert eve.name == "Eve"
    assert eve.email_verified_at is not None
    assert directory.access_of(eve.pk, acme.pk).role == "admin"


def test_a_known_person_joins_and_keeps_their_password(invited, acme, globex, make_person, anonymous_api) -> None:
    eve = make_person(globex, email="eve@example.org")

    response = anonymous_api().post(ACCEPT, {"token": invited(), "password": NEW, "name": "Somebody"})

    assert response.json()["data"]["account_exists"] is True
    eve.refresh_from_db()
    assert eve.check_password(PASSWORD)
    assert eve.name == ""
    assert directory.access_of(eve.pk, acme.pk).role == "member"


def test_inviting_answers_alike_for_known_and_unknown(ada, acme, globex, make_person, api) -> None:
    make_person(globex, email="eve@example.org")
    client = api(ada, acme)

    known, unknown = (client.post(MEMBERS, {"email": f"{name}@example.org"}).json() for name in ("eve", "foe"))

    assert {**known["data"], "id": 0, "email": 0, "created_at": 0, "expires_at": 0} == {
        **unknown["data"], "id": 0, "email": 0, "created_at": 0, "expires_at": 0,
    }  # fmt: skip
    assert mail.outbox == []  # who has an account is looked up later, where nobody waits


def test_an_account_without_password_gets_its_first_one(ada, invited, acme, anonymous_api) -> None:
    eve = User.objects.create_user("eve@example.org", None)
    token, client = invited(), anonymous_api()

    assert error_of(client.post(ACCEPT, {"token": token})) == (400, "validation_failed")
    assert client.post(ACCEPT, {"token": token, "password": NEW}).status_code == 200

    eve.refresh_from_db()
    assert eve.check_password(NEW)


def test_an_invitation_works_once(invited, anonymous_api) -> None:
    token, client = invited(), anonymous_api()
    client.post(ACCEPT, {"token": token, "password": NEW})
    Membership.objects.filter(user__email="eve@example.org").delete()

    assert error_of(client.post(ACCEPT, {"token": token, "password": NEW})) == (400, "link_invalid")
    assert not Membership.objects.filter(user__email="eve@example.org").exists()


def test_unknown_used_old_and_withdrawn_links_answer_alike(ada, invited, acme, api, anonymous_api) -> None:
    old, withdrawn = invited("old@example.org"), invited("withdrawn@example.org")
    MailedLink.objects.filter(email="old@example.org").update(expires_at=timezone.now() - timedelta(seconds=1))
    admin = api(ada, acme)
    [listed] = admin.get(INVITATIONS).json()["data"]["results"]
    assert admin.delete(f"{INVITATIONS}/{listed['id']}").status_code == 204
    assert error_of(admin.delete(f"{INVITATIONS}/{listed['id']}")) == (404, "not_found")

    for token in (old, withdrawn, "nfm_unknown", "x" * 200, "é"):
        for url in (READ, ACCEPT):
            assert error_of(anonymous_api().post(url, {"token": token})) == (400, "link_invalid"), token


def test_a_weak_password_is_refused_and_the_invitation_stays_open(invited, anonymous_api) -> None:
    token, client = invited(), anonymous_api()

    assert error_of(client.post(ACCEPT, {"token": token, "password": "short"})) == (400, "validation_failed")
    assert not User.objects.filter(email="eve@example.org").exists()
    assert client.post(ACCEPT, {"token": token, "password": NEW}).status_code == 200


def test_a_second_invitation_takes_the_place_of_the_first(invited, anonymous_api) -> None:
    first = invited(role="member")
    second = invited(role="admin")

    assert error_of(anonymous_api().post(READ, {"token": first})) == (400, "link_invalid")
    assert anonymous_api().post(READ, {"token": second}).json()["data"]["role"] == "admin"


def test_who_is_a_member_is_not_invited_and_who_was_removed_is(ada, invited, acme, make_person, api) -> None:
    bob = make_person(acme, email="bob@example.org")
    client = api(ada, acme)
    assert error_of(client.post(MEMBERS, {"email": "bob@example.org"})) == (409, "conflict")

    client.delete(f"{MEMBERS}/{Membership.objects.get(user=bob).pk}")
    invitation_accept(token=invited("bob@example.org", "admin"))

    row = Membership.objects.get(user=bob)
    assert (row.role, row.is_active, row.removed_at) == ("admin", True, None)


def test_nobody_joins_a_suspended_organisation(invited, acme, anonymous_api) -> None:
    token = invited()
    type(acme).objects.filter(pk=acme.pk).update(status=TenantStatus.SUSPENDED)

    assert error_of(anonymous_api().post(ACCEPT, {"token": token, "password": NEW})) == (403, "tenant_suspended")
    assert not User.objects.filter(email="eve@example.org").exists()


def test_an_invitation_of_another_organisation_can_not_be_withdrawn(ada, invited, globex, make_person, api) -> None:
    invited()
    stranger = make_person(globex, role="admin")
    address = f"{INVITATIONS}/{MailedLink.objects.get().pk}"

    assert error_of(api(stranger, globex).delete(address)) == (404, "not_found")
    assert MailedLink.objects.get().withdrawn_at is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "eve",
        "eve@",
        f"{'e' * 290}@example.org",
        "\u0435ve@example.org",
        "eve@exa mple.org",
        "e\u200bve@example.org",
    ],
)
def test_what_is_no_address_is_refused_by_name(ada, acme, api, email) -> None:
    answer = api(ada, acme).post(MEMBERS, {"email": email})

    assert error_of(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]["fields"]) == ["email"]
    assert not MailedLink.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Eve@Example.org  ", "eve@example.org"),
        ("eve@ex\u0430mple.org", "eve@xn--exmple-4nf.org"),  # a Cyrillic letter shows
        ("eve@\uff45xample.org", "eve@example.org"),
    ],
)
def test_addresses_have_one_form(ada, acme, api, typed, kept) -> None:
    assert api(ada, acme).post(MEMBERS, {"email": typed}).json()["data"]["email"] == kept


def test_the_mail_is_bilingual_and_its_token_is_stored_nowhere(ada, invited, make_person, globex) -> None:
    known = make_person(globex, email="eve@example.org")
    User.objects.filter(pk=known.pk).update(language="fr")

    token = invited()

    [sent] = mail.outbox
    [(html, _kind)] = sent.alternatives
    assert "Acme" in sent.subject
    assert '<html lang="fr">' in html
    assert token in html
    assert token not in str(MailedLink.objects.values().get())


def test_a_mail_that_could_not_leave_goes_out_later(ada, acme, monkeypatch) -> None:
    invitation_send(actor=SYSTEM, tenant_id=acme.pk, email="eve@example.org")

    def away(self, messages):
        raise OSError("no route to the mail server")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
        assert links_send() == 0
    assert MailedLink.objects.get().token_digest == ""

    assert links_send() == 1
    assert links_send() == 0


def test_links_lead_to_the_client_when_there_is_one(ada, invited, settings) -> None:
    settings.CLIENT_URL = "https://write.example.org/"

    token = invited()

    assert f"https://write.example.org/invitation#{token}" in mail.outbox[0].body


def test_of_many_who_use_one_invitation_at_once_one_succeeds(fresh_tenant, run_threads) -> None:
    tenant = fresh_tenant()
    invitation_send(actor=SYSTEM, tenant_id=tenant.pk, email="eve@example.org")
    token = mailed_token("eve@example.org")

    results = run_threads(6, lambda index: invitation_accept(token=token, password=NEW))

    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert all(isinstance(result, LinkInvalid) for result in results if isinstance(result, Exception))
    assert Membership.objects.filter(tenant=tenant).count() == 1


def test_old_links_are_forgotten(ada, invited) -> None:
    invited()
    assert links_purge() == 0

    MailedLink.objects.update(expires_at=timezone.now() - timedelta(days=31))

    assert links_purge() == 1
