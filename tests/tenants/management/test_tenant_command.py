"""`manage.py tenant`: each subcommand as a script calls it, without a terminal."""

import json
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django_tenants.utils import schema_exists

from tenants.models import Membership, Tenant, User

PASSWORD = "correct horse battery staple"
CREATE = ("tenant", "create", "initech", "--name", "Initech", "--admin", "ada@example.org")


def test_create_makes_organisation_and_admin(db, capsys):
    call_command(*CREATE, "--password", PASSWORD)
    membership = Membership.objects.get(tenant__slug="initech")
    assert (membership.user.email, membership.role) == ("ada@example.org", "admin")
    assert membership.user.check_password(PASSWORD)
    said = capsys.readouterr()
    assert said.out == "Created initech at http://initech.testserver/\n"
    assert PASSWORD not in said.out + said.err


def test_create_without_a_terminal_generates_a_password_and_prints_it_once(db, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    call_command(*CREATE)
    printed = capsys.readouterr().out.rpartition("Password of ada@example.org: ")[2].strip()
    assert User.objects.get(email="ada@example.org").check_password(printed)


@pytest.mark.parametrize(("again", "fine"), [(PASSWORD, True), ("another", False)])
def test_create_on_a_terminal_asks_twice(db, monkeypatch, again, fine):
    answers = iter([PASSWORD, again])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    if fine:
        call_command(*CREATE)
        assert User.objects.get(email="ada@example.org").check_password(PASSWORD)
    else:
        with pytest.raises(CommandError):
            call_command(*CREATE)
        assert not Tenant.objects.filter(slug="initech").exists()


def test_create_for_somebody_with_an_account_asks_nothing(db, acme, make_person, capsys):
    make_person(acme, email="ada@example.org")
    call_command(*CREATE)
    assert "keeps its password" in capsys.readouterr().out
    assert User.objects.get(email="ada@example.org").check_password(PASSWORD)


def test_create_says_what_is_wrong(db):
    with pytest.raises(CommandError, match=r"slug: Use 3 to 63 .* found “A b”"):
        call_command("tenant", "create", "A b")
    with pytest.raises(CommandError, match="password: This password is too short"):
        call_command(*CREATE, "--password", "short")
    assert not Tenant.objects.filter(slug="initech").exists()


def test_list_and_show_for_programs(db, acme, globex, make_person, capsys):
    make_person(acme, "admin", email="ada@example.org")
    call_command("tenant", "list", "--json")
    assert [(row["slug"], row["people"]) for row in json.loads(capsys.readouterr().out)] == [("acme", 1), ("globex", 0)]
    call_command("tenant", "show", "acme", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["overview"]["schema_name"] == acme.schema_name
    assert (shown["addresses"], shown["admins"]) == (["http://acme.testserver/"], ["ada@example.org"])
    call_command("tenant", "list", "--status", "suspended", "--json")
    assert json.loads(capsys.readouterr().out) == []


def test_show_says_it_in_words(db, acme, capsys):
    call_command("tenant", "suspend", "acme", "--reason", "unpaid")
    call_command("tenant", "show", "acme")
    assert "suspended (unpaid)" in capsys.readouterr().out


def test_life_by_commands(db, acme, capsys):
    def state():
        return Tenant.objects.values_list("slug", "name", "status").get(pk=acme.pk)

    call_command("tenant", "suspend", "acme")
    assert state()[2] == "suspended"
    call_command("tenant", "resume", "acme")
    call_command("tenant", "rename", "acme", "--slug", "acme-two", "--name", "Acme Two")
    assert state() == ("acme-two", "Acme Two", "active")
    call_command("tenant", "delete", "acme-two", "--grace-days", "3")
    assert state()[2] == "deleting"
    call_command("tenant", "purge")
    assert state()[2] == "deleting"
    call_command("tenant", "resume", "acme-two")
    assert state()[2] == "active"


@pytest.mark.parametrize("before", [[], ["tenant", "delete"]])
def test_delete_now_wants_a_yes_and_then_purges(fresh_tenant, monkeypatch, before):
    tenant = fresh_tenant("doomed")
    if before:
        call_command(*before, "doomed")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="--yes"):
        call_command("tenant", "delete", "doomed", "--now")
    assert schema_exists(tenant.schema_name)
    call_command("tenant", "delete", "doomed", "--now", "--yes")
    assert not schema_exists(tenant.schema_name)


@pytest.mark.parametrize(("typed", "gone"), [("doomed", True), ("yes", False)])
def test_delete_now_on_a_terminal_asks_for_the_slug(fresh_tenant, monkeypatch, typed, gone):
    tenant = fresh_tenant("doomed")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _prompt: typed)
    if gone:
        call_command("tenant", "delete", "doomed", "--now")
    else:
        with pytest.raises(CommandError):
            call_command("tenant", "delete", "doomed", "--now")
    assert schema_exists(tenant.schema_name) is not gone


@pytest.mark.parametrize("errand", ["show", "suspend", "resume", "delete"])
def test_organisation_that_does_not_exist(db, errand):
    for slug in ("nobody", "a\0b"):
        with pytest.raises(CommandError, match="No organisation has the slug"):
            call_command("tenant", errand, slug)


def test_rename_wants_something(db, acme):
    with pytest.raises(CommandError, match="--slug, --name or both"):
        call_command("tenant", "rename", "acme")


def test_person_add_list_deactivate(db, acme, capsys):
    call_command("person", "add", "mia@example.org", "--tenant", "acme", "--role", "member", "--password", PASSWORD)
    user = User.objects.get(email="mia@example.org")
    assert user.check_password(PASSWORD)
    assert Membership.objects.get(user=user, tenant=acme).role == "member"
    with pytest.raises(CommandError, match="belongs to acme already"):
        call_command("person", "add", "mia@example.org", "--tenant", "acme")
    call_command("person", "add", "root@example.org", "--operator", "--password", PASSWORD)
    assert User.objects.get(email="root@example.org").is_superuser
    capsys.readouterr()
    call_command("person", "list", "--tenant", "acme", "--json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["email"], row["organisations"]) == ("mia@example.org", {"acme": "member"})
    call_command("person", "list")
    assert "root@example.org  operator" in capsys.readouterr().out
    call_command("person", "deactivate", "mia@example.org")
    assert not User.objects.filter(email="mia@example.org").exists()
    with pytest.raises(CommandError, match="Nobody has the e-mail"):
        call_command("person", "deactivate", "mia@example.org")


def test_commands_exit_as_scripts_expect(organisations, process_environment):
    """0 when done, 1 when refused, 2 when asked wrongly; no trace."""

    def run(*arguments):
        finished = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=process_environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in finished.stderr
        return finished.returncode

    assert run("tenant", "suspend", "nobody") == 1
    assert run("tenant", "frobnicate") == 2


@pytest.mark.parametrize("arguments", [("tenant", "list"), ("migrate_organisations", "--check")])
def test_command_without_servers_says_so_in_one_sentence(tmp_path, process_environment, arguments):
    environment = {**process_environment, "STUDIO_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings.local"
    finished = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert finished.returncode == 2
    assert "No servers run" in finished.stderr
    assert "Traceback" not in finished.stderr
