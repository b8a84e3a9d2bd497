"""The mail about a replayed token: in the person's language, once, and not lost."""

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from config.kernel.errors import TokenReused
from tenants.models import Session, Tenant, User
from tenants.services.session_notices import reuse_notices_send
from tenants.services.session_refresh import session_refresh
from tenants.services.sessions import TokenPair
from tests.factories.sessions import DEVICE, signed_in, stored


def replayed(person: User, tenant: Tenant) -> TokenPair:
    """A session that a replayed token closed."""
    first = signed_in(person, tenant)
    second = session_refresh(refresh=first.refresh, device=DEVICE)
    session_refresh(refresh=second.refresh, device=DEVICE)
    with pytest.raises(TokenReused):
        session_refresh(refresh=first.refresh, device=DEVICE)
    return first


def test_the_person_is_told_once_in_text_and_html(in_acme, make_person) -> None:
    person = make_person(in_acme, email="ada@example.org")
    pair = replayed(person, in_acme)

    assert reuse_notices_send() == 1
    assert reuse_notices_send() == 0

    [sent] = mail.outbox
    [(html, kind)] = sent.alternatives
    assert sent.to == ["ada@example.org"]
    assert sent.subject == "You were signed out of Acme, to be safe"
    assert "Hello ada," in sent.body
    assert "Firefox on a desk" in sent.body
    assert "192.0.2.7" in sent.body
    assert kind == "text/html"
    assert '<html lang="en">' in html
    assert "Firefox on a desk" in html
    assert pair.refresh not in sent.body + html
    assert pair.access not in sent.body + html


def test_the_mail_speaks_the_persons_language(in_acme, make_person) -> None:
    person = make_person(in_acme)
    User.objects.filter(pk=person.pk).update(language="fr")
    replayed(person, in_acme)

    reuse_notices_send()

    [sent] = mail.outbox
    assert "session Acme" in sent.subject
    assert "Bonjour" in sent.body
    assert "Adresse" in sent.body
    assert '<html lang="fr">' in sent.alternatives[0][0]


def test_what_a_device_calls_itself_is_only_text_in_the_mail(in_acme, make_person) -> None:
    pair = replayed(make_person(in_acme), in_acme)
    Session.objects.filter(pk=pair.session.pk).update(user_agent="<script>alert(1)</script>" + "x" * 200)

    reuse_notices_send()

    html = mail.outbox[0].alternatives[0][0]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "x" * 100 not in html


def test_a_replay_asks_the_worker_to_send_the_mail(
    in_acme, make_person, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    asked = []
    monkeypatch.setattr("config.kernel.tasks.send", lambda name, **given: asked.append((name, given["schema"])))

    with django_capture_on_commit_callbacks(execute=True):
        pair = replayed(make_person(in_acme), in_acme)
        with pytest.raises(TokenReused):
            session_refresh(refresh=pair.refresh, device=DEVICE)

    assert asked == [("tenants.session_reuse_notices", "public")]


def test_a_mail_that_could_not_be_sent_goes_out_with_the_next_call(in_acme, make_person, monkeypatch) -> None:
    pair = replayed(make_person(in_acme), in_acme)

    def away(*_given: object) -> int:
        raise smtplib.SMTPServerDisconnected("away")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", away)
        assert reuse_notices_send() == 0
    assert stored(pair).notice_due
    assert reuse_notices_send() == 1
    assert not stored(pair).notice_due


def test_two_workers_send_one_mail(fresh_tenant, make_person, run_threads) -> None:
    tenant = fresh_tenant()
    replayed(make_person(tenant), tenant)

    assert sorted(run_threads(4, lambda _index: reuse_notices_send())) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1
