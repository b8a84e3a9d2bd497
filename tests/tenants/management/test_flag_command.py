"""`manage.py flag list|set|clear`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.models import FlagRule

NAME = "self_signup"


def _run(*arguments):
    out = StringIO()
    call_command("flag", *arguments, stdout=out)
    return out.getvalue()


def _line(text, name=NAME):
    return next(line for line in json.loads(text) if line["name"] == name)


def test_operator_sets_lists_and_clears(db, acme, make_person):
    ada = make_person(acme, email="ada@example.org")
    assert "Set self_signup to 12.5 %." in _run("set", NAME, "12.5%", "--unit", "organisation", "--salt", "spring")
    _run("set", NAME, "on", "--tenant", "acme")
    _run("set", NAME, "off", "--person", "ada@example.org")
    line = _line(_run("list", "--json"))
    assert (line["default"], line["owner"], line["registered"]) == (False, "tenants", True)
    assert line["rules"] == [
        {"scope": "everybody", "who": "", "percentage": 12.5, "unit": "organisation", "salt": "spring"},
        {"scope": "organisation", "who": "acme", "percentage": 100.0, "unit": "person", "salt": ""},
        {"scope": "person", "who": "ada@example.org", "percentage": 0.0, "unit": "person", "salt": ""},
    ]
    shown = _run("list")
    assert "everybody: 12.5 % of organisations, salt spring" in shown
    assert "organisation acme: 100 %" in shown
    assert "self_signup  (off by default)" in shown
    assert "Cleared" in _run("clear", NAME, "--person", "ada@example.org")
    assert not FlagRule.objects.filter(user=ada).exists()
    assert FlagRule.objects.count() == 2


def test_rules_of_a_flag_that_is_gone_are_listed_as_such(db):
    FlagRule.objects.create(name="former", percentage=100)
    line = _line(_run("list", "--json"), "former")
    assert (line["registered"], len(line["rules"])) == (False, 1)
    assert "former  (unknown)" in _run("list")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "nosuch", "on"), "Expected a flag, one of"),
        (("set", NAME, "101"), "Expected a number from 0 to 100"),
        (("set", NAME, "nan"), "Expected a number from 0 to 100"),
        (("set", NAME, "often"), "expected on, off or a percentage"),
        (("set", NAME, "50", "--person", "nobody@example.org"), "Nobody has the e-mail"),
        (("set", NAME, "on", "--tenant", "nosuch"), "No organisation has the slug"),
        (("set", NAME, "on", "--tenant", "acme", "--person", "x@example.org"), "not allowed with"),
        (("clear", NAME), "has no rule for everybody"),
    ],
)
def test_wrong_words_are_answered_with_a_sentence(db, acme, arguments, said):
    with pytest.raises(CommandError, match=said):
        _run(*arguments)
    assert not FlagRule.objects.exists()
