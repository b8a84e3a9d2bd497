"""What an operator may wish of the table, and what is refused by name."""

import pytest

from config.env import Environment
from config.kernel.limits.policies import Key, Mode, Policy, PolicyInvalid, changed, parsed
from config.settings.limits import POLICIES, limit_settings

TABLE = (Policy("address", Key.ADDRESS, frozenset({"read"}), 10, 60), Policy("work", Key.PERSON, frozenset(), 5, 7))


def test_a_wish_changes_limit_period_and_mode_of_one_policy():
    first, second = changed(TABLE, parsed("address=600/30:shadow, work=off"))

    assert (first.limit, first.period_seconds, first.mode) == (600, 30, Mode.SHADOW)
    assert (second.limit, second.period_seconds, second.mode) == (5, 7, Mode.OFF)


def test_a_mode_alone_keeps_the_figures():
    assert changed(TABLE, {"address": "shadow"})[0] == Policy(
        "address", Key.ADDRESS, frozenset({"read"}), 10, 60, Mode.SHADOW
    )


@pytest.mark.parametrize(
    "text",
    ["nobody=off", "address", "address=", "=off", "address=fast", "address=0/60", "address=10/0", "address=10",
     "address=10/60:loud", "address=-1/60", "address=off,address=off", "address=1/60:", "address=10/60shadow:"],
)  # fmt: skip
def test_a_wish_that_can_not_be_is_refused(text):
    with pytest.raises(PolicyInvalid):
        changed(TABLE, parsed(text))


def test_a_burst_is_exactly_the_limit_whatever_the_period():
    assert (
        Policy("x", Key.ADDRESS, frozenset(), 7, 60).window_us
        // Policy("x", Key.ADDRESS, frozenset(), 7, 60).interval_us
        == 7
    )


def test_a_wrong_wish_stops_the_boot_and_names_the_variable(capsys):
    with pytest.raises(SystemExit):
        limit_settings(Environment(RATE_LIMIT_POLICIES="adress=off"), "redis://x")

    said = capsys.readouterr().err
    assert "RATE_LIMIT_POLICIES" in said
    assert "'adress'" in said
    assert "sign_in_account" in said


@pytest.mark.parametrize("text", ["organisation.gold=1", "planet.tokens=1", "person.members=3", "person.tokens=x"])
def test_a_wrong_quota_stops_the_boot(text, capsys):
    with pytest.raises(SystemExit):
        limit_settings(Environment(QUOTA_DEFAULTS=text), "redis://x")

    assert "QUOTA_DEFAULTS" in capsys.readouterr().err


def test_off_switches_every_policy_off():
    assert limit_settings(Environment(RATE_LIMIT_BACKEND="off"), "redis://x").policies == ()


def test_without_wishes_the_table_is_the_committed_one():
    assert limit_settings(Environment(), "redis://x").policies == POLICIES
