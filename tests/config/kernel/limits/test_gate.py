"""The gate on a real Valkey: exact under concurrency, keys apart, shadow, and a server that goes away."""

import time

import pytest

from config.kernel.errors import Degraded, RateLimited
from config.kernel.limits import figures
from config.kernel.limits.gate import Subject, address_unit, check, give_back, require, taken
from config.kernel.limits.policies import Group, Key, Mode, Policy
from config.kernel.limits.store import RETRY_SECONDS, CounterStore, _store, store
from tests.support.valkey_server import ValkeyServer

HERE = Subject(address="192.0.2.7", person="ada", schema="acme")
READ = frozenset({Group.READ})


def policy(name="p", key=Key.PERSON, limit=10, period_seconds=60, **changes):
    return Policy(name, key, READ, limit, period_seconds, **changes)


@pytest.fixture
def table(settings, limits):
    """`table(*policies)`: nothing but these, in buckets of the test's own."""

    def use(*policies):
        limits()
        settings.RATE_LIMIT_POLICIES = policies

    return use


@pytest.fixture
def own_server(tmp_path, settings):
    """A Valkey of the test's own as the counters' server, with the product's short timeout."""
    server = ValkeyServer(tmp_path)
    server.start()
    settings.RATE_LIMIT_REDIS_URL = server.url
    settings.RATE_LIMIT_TIMEOUT_S = 0.25
    _store.cache_clear()  # a port that another test used may come again
    yield server
    server.stop()
    _store.cache_clear()


def admitted(results) -> int:
    return sum(not isinstance(result, Exception) and result.allowed for result in results)


def test_of_a_hundred_at_once_exactly_the_limit_passes(table, run_threads):
    table(policy(limit=10))

    results = run_threads(100, lambda _index: taken(Group.READ, HERE))

    assert admitted(results) == 10
    assert not [result for result in results if isinstance(result, Exception)]


def test_the_figures_of_each_answer(table):
    table(policy(limit=3))

    first, second, third, fourth = (taken(Group.READ, HERE) for _ in range(4))

    assert [first.remaining, second.remaining, third.remaining] == [2, 1, 0]
    assert first.headers == {"RateLimit-Limit": "3", "RateLimit-Remaining": "2", "RateLimit-Reset": "20"}
    assert not fourth.allowed
    assert 18 <= fourth.retry_after_seconds <= 20
    assert fourth.headers["Retry-After"] == str(fourth.retry_after_seconds)


def test_a_request_is_earned_back_with_time(table, wait_until):
    table(policy(limit=2, period_seconds=1))
    assert [taken(Group.READ, HERE).allowed for _ in range(3)] == [True, True, False]

    assert wait_until(lambda: taken(Group.READ, HERE).allowed, deadline_seconds=5)


def test_what_is_refused_costs_no_other_bucket(table):
    table(policy("narrow", limit=1), policy("wide", key=Key.ORGANISATION, limit=5))

    decisions = [taken(Group.READ, HERE) for _ in range(9)]
    other = taken(Group.READ, Subject(address="192.0.2.7", person="bob", schema="acme"))

    assert [decision.allowed for decision in decisions] == [True] + [False] * 8
    assert decisions[1].policy == "narrow"
    assert (other.allowed, other.remaining) == (True, 0)
    assert check("wide", address=None, user_id="eve", schema="acme").remaining == 2


@pytest.mark.parametrize("key", [Key.ADDRESS, Key.PERSON, Key.ORGANISATION])
def test_one_organisation_never_uses_up_another_ones(table, key):
    table(policy(key=key, limit=1))
    assert taken(Group.READ, HERE).allowed
    assert not taken(Group.READ, HERE).allowed

    assert taken(Group.READ, Subject(address=HERE.address, person=HERE.person, schema="acme2")).allowed


def test_an_anonymous_request_is_counted_by_its_address_alone(table):
    table(policy("person"), policy("organisation", key=Key.ORGANISATION), policy("address", key=Key.ADDRESS, limit=1))

    assert taken(Group.READ, Subject(address="192.0.2.7")).policy == "address"
    assert not taken(Group.READ, Subject(address="192.0.2.7")).allowed


def test_one_customer_s_ipv6_addresses_are_one(table):
    assert address_unit("2001:db8::1") == address_unit("2001:db8::ffff") != address_unit("2001:db8:0:1::1")
    assert address_unit("::ffff:192.0.2.7") == "192.0.2.7"
    assert address_unit("garbage") == address_unit(None) == "unknown"


def test_shadow_counts_and_lets_pass(table):
    table(policy("quiet", limit=1, mode=Mode.SHADOW))
    series = figures.refused_total.labels("quiet", "shadow")
    before = series._value.get()

    decisions = [taken(Group.READ, HERE) for _ in range(3)]

    assert all(decision.allowed and not decision.headers for decision in decisions)
    assert series._value.get() == before + 2


def test_off_counts_nothing(table):
    table(policy(limit=1, mode=Mode.OFF))
    assert [taken(Group.READ, HERE).allowed for _ in range(3)] == [True] * 3


def test_another_group_is_not_counted(table):
    table(policy(limit=1))
    assert [taken(Group.WRITE, HERE).counted for _ in range(2)] == [False, False]


def test_what_is_given_back_can_be_taken_again(table):
    table(policy(limit=2))
    for _ in range(20):
        assert taken(Group.READ, HERE).remaining == 1
        give_back(Group.READ, HERE)


def test_over_a_limit_is_an_error_with_the_wait(table):
    table(policy(limit=1, period_seconds=30))
    require(Group.READ, HERE)

    with pytest.raises(RateLimited) as refused:
        require(Group.READ, HERE)

    assert refused.value.headers["RateLimit-Limit"] == "1"
    assert 28 <= int(refused.value.headers["Retry-After"]) <= 30


def test_check_of_an_unknown_policy_is_a_mistake_in_the_code(table):
    table(policy())
    with pytest.raises(LookupError):
        check("nobody", address=None, user_id=None, schema="acme")


def test_a_stopped_server_lets_requests_pass_and_sign_in_not(own_server, table, wait_until):
    table(
        policy("open", limit=1),
        Policy("closed", Key.PLATFORM_ADDRESS, frozenset({Group.REFRESH}), 9, 9, fail_closed=True),
    )
    assert taken(Group.READ, HERE).counted
    own_server.stop()

    assert not taken(Group.READ, HERE).counted
    with pytest.raises(Degraded) as refused:
        taken(Group.REFRESH, HERE)
    assert refused.value.details == {"part": "rate_limits"}

    own_server.start()
    wait_until(lambda: taken(Group.READ, HERE).counted, deadline_seconds=10)
    assert taken(Group.REFRESH, HERE).counted
    assert not store().breaker.is_open


def test_a_frozen_server_delays_one_request_a_second_and_not_each(own_server, table, monkeypatch):
    table(policy("open", limit=1000))
    assert taken(Group.READ, HERE).counted
    own_server.freeze()
    assert not taken(Group.READ, HERE).counted
    assert store().breaker.is_open
    asked = []
    genuine = CounterStore._asked
    monkeypatch.setattr(CounterStore, "_asked", lambda *given: (asked.append(1), genuine(*given))[1])

    began = time.monotonic()
    answers = [taken(Group.READ, HERE).counted for _ in range(200)]
    elapsed = time.monotonic() - began

    assert not any(answers)
    assert len(asked) <= elapsed / RETRY_SECONDS
    own_server.thaw()


def test_a_server_that_restarted_is_asked_again_without_an_error(own_server, table):
    table(policy(limit=5, fail_closed=True))
    assert taken(Group.READ, HERE).counted
    own_server.stop()
    own_server.start()

    assert taken(Group.READ, HERE).counted
    assert not store().breaker.is_open


def test_the_breaker_lets_one_try_at_a_time(own_server, table, run_threads, wait_until, monkeypatch):
    table(policy(limit=1000))
    own_server.freeze()
    taken(Group.READ, HERE)
    asked = []
    genuine = CounterStore._asked
    monkeypatch.setattr(CounterStore, "_asked", lambda *given: (asked.append(1), genuine(*given))[1])
    breaker = store().breaker
    wait_until(lambda: time.monotonic() >= breaker._try_at, deadline_seconds=RETRY_SECONDS + 5)

    began = time.monotonic()
    results = run_threads(20, lambda _index: taken(Group.READ, HERE))
    elapsed = time.monotonic() - began

    assert [result.counted for result in results] == [False] * 20
    assert 1 <= len(asked) <= 1 + elapsed / RETRY_SECONDS
    own_server.thaw()
