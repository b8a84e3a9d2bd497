"""Rules decide in one order, and shares are stable, even and independent."""

from uuid import UUID, uuid4

import pytest

from tenants.flags.registry import Flag, register, registered
from tenants.flags.rules import BUCKETS, FlagRules, Rule, bucket, decide
from tenants.models.flag import FlagUnit

ADA = UUID("0199a000-0000-7000-8000-000000000001")
# sha256('tried' NUL '' NUL 'person:' id), first 8 bytes, modulo 10,000; worked out beside this code.
BUCKET_OF_ADA = 897
ON, OFF = Rule(BUCKETS), Rule(0)


def _ask(rules: FlagRules, *, default: bool = False, user_id: UUID | None = ADA, schema: str | None = "org_a") -> bool:
    return decide("tried", rules, default=default, user_id=user_id, schema=schema)


@pytest.mark.parametrize("default", [True, False])
def test_without_a_rule_the_default_holds(default):
    assert _ask(FlagRules(), default=default) is default


def test_the_nearest_rule_decides():
    assert _ask(FlagRules(OFF, {"org_a": OFF}, {ADA: ON})) is True
    assert _ask(FlagRules(ON, {"org_a": ON}, {ADA: OFF}), default=True) is False
    assert _ask(FlagRules(OFF, {"org_a": ON})) is True
    assert _ask(FlagRules(ON, {"org_a": OFF}), default=True) is False
    assert _ask(FlagRules(ON)) is True
    assert _ask(FlagRules(OFF), default=True) is False


def test_rules_of_others_do_not_speak():
    assert _ask(FlagRules(None, {"org_b": ON}, {uuid4(): ON})) is False


def test_nobody_and_nowhere_follow_the_rule_for_everybody():
    rules = FlagRules(ON, {"org_a": OFF}, {ADA: OFF})
    assert _ask(rules, user_id=None, schema=None) is True


@pytest.mark.parametrize("unit", FlagUnit.values)
def test_a_share_leaves_out_what_has_no_bucket(unit):
    assert _ask(FlagRules(Rule(BUCKETS - 1, unit)), user_id=None, schema=None) is False


def test_bucket_is_the_documented_formula():
    assert bucket("tried", "", "person:0199a000-0000-7000-8000-000000000001") == BUCKET_OF_ADA
    assert bucket("tried", "", "x") != bucket("trie", "d", "x")


def test_a_share_of_people_is_as_large_as_it_says_and_only_grows():
    people = [uuid4() for _ in range(4000)]

    def chosen(share: int) -> set[UUID]:
        return {user for user in people if _ask(FlagRules(Rule(share)), user_id=user)}

    tenth, half = chosen(1000), chosen(5000)
    assert 300 < len(tenth) < 500
    assert 1850 < len(half) < 2150
    assert tenth <= half
    assert tenth == chosen(1000)


def test_salts_and_flags_draw_independently():
    people = [uuid4() for _ in range(4000)]
    first = {user for user in people if bucket("tried", "", f"person:{user}") < 5000}
    second = {user for user in people if bucket("tried", "again", f"person:{user}") < 5000}
    third = {user for user in people if bucket("other", "", f"person:{user}") < 5000}
    assert 850 < len(first & second) < 1150
    assert 850 < len(first & third) < 1150


def test_a_share_of_organisations_is_the_same_for_all_their_people():
    rules = FlagRules(Rule(5000, FlagUnit.ORGANISATION))
    answers = {
        schema: {_ask(rules, user_id=uuid4(), schema=schema) for _ in range(5)}
        for schema in [f"org_{number}" for number in range(40)]
    }
    assert all(len(found) == 1 for found in answers.values())
    assert {True, False} == {next(iter(found)) for found in answers.values()}


@pytest.mark.parametrize("name", ["Loud", "with-dash", "", "1st", "x" * 64, "new\n"])
def test_register_refuses_names_that_are_none(name):
    with pytest.raises(ValueError, match="lower case"):
        register(Flag(name=name, description="", default=False, owner="tests"))


def test_register_refuses_a_second_flag_of_a_name():
    present = registered("self_signup")
    register(present)
    with pytest.raises(ValueError, match="two flags are called 'self_signup'"):
        register(Flag(name="self_signup", description="Another.", default=True, owner="tests"))
