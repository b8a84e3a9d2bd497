"""Asking for a flag: whom it is asked for, what it costs, and what it never mixes up."""

import threading

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from config.kernel.context import SYSTEM, Actor, Context, use_context
from config.kernel.errors import FeatureDisabled
from tenants.flags import UnknownFlag, flag_enabled, flags_shown, require_flag, snapshot
from tenants.models import FlagRule
from tests.factories.flags import flag_rule


def _counted(flag: str, result: str) -> float:
    return REGISTRY.get_sample_value("studio_flag_evaluations_total", {"flag": flag, "result": result}) or 0.0


def test_default_of_the_code_holds_without_rules(in_acme, tried):
    assert flag_enabled(tried) is False
    assert flag_enabled("self_signup") is False


def test_unknown_flag_is_a_mistake_and_named(in_acme):
    with pytest.raises(UnknownFlag, match=r"no flag is called 'nosuch'; known are: .*self_signup"):
        flag_enabled("nosuch")


def test_rule_of_an_organisation_is_met_where_the_connection_stands(db, acme, globex, tried):
    flag_rule(tried, 100, tenant=acme)
    with tenant_context(acme):
        assert flag_enabled(tried) is True
    with tenant_context(globex):
        assert flag_enabled(tried) is False
    assert flag_enabled(tried) is False
    assert flag_enabled(tried, schema=acme.schema_name) is True


def test_context_names_the_organisation_where_the_connection_does_not(db, acme, tried):
    flag_rule(tried, 100, tenant=acme)
    with use_context(Context(schema=acme.schema_name)):
        assert flag_enabled(tried) is True


def test_rule_of_a_person_goes_with_them_everywhere(db, acme, globex, tried, make_person, actor_of):
    ada, bob = make_person(acme), make_person(acme)
    flag_rule(tried, 100, user=ada)
    for tenant in (acme, globex):
        with tenant_context(tenant), use_context(Context(actor=actor_of(ada, tenant))):
            assert flag_enabled(tried) is True
            assert flag_enabled(tried, actor=actor_of(bob, tenant)) is False
            assert flag_enabled(tried, actor=SYSTEM) is False


def test_organisations_in_threads_never_get_each_others_answer(committing, organisations, tried, run_threads):
    acme, globex = organisations.acme, organisations.globex
    flag_rule(tried, 100, tenant=acme)
    flag_rule(tried, 0, tenant=globex)

    def ask(index):
        tenant = (acme, globex)[index % 2]
        wrong = 0
        for turn in range(200):
            if turn % 20 == 0:
                snapshot.forget()
            with tenant_context(tenant):
                wrong += flag_enabled(tried) is not (tenant is acme)
        return wrong

    assert run_threads(8, ask) == [0] * 8


def test_steady_evaluations_ask_neither_database_nor_valkey(
    in_acme, tried, django_assert_num_queries, monkeypatch, settings
):
    settings.FEATURE_FLAGS_CACHE_TTL = 300
    flag_rule(tried, 100)
    assert flag_enabled(tried) is True
    monkeypatch.setattr(snapshot, "caches", {})
    with django_assert_num_queries(0):
        assert all(flag_enabled(tried) for _ in range(1000))


def test_unchanged_rules_are_not_read_again(in_acme, tried, django_assert_num_queries, settings):
    settings.FEATURE_FLAGS_CACHE_TTL = 1e-9
    flag_rule(tried, 100)
    assert flag_enabled(tried) is True
    with django_assert_num_queries(0):
        assert flag_enabled(tried) is True
    snapshot.announce()
    with CaptureQueriesContext(connection) as statements:
        assert flag_enabled(tried) is True
    assert len([one for one in statements if "tenants_flagrule" in one["sql"]]) == 1


def test_rules_are_read_again_after_a_while_in_any_case(in_acme, tried, settings, monkeypatch):
    settings.FEATURE_FLAGS_CACHE_TTL = 1e-9
    assert flag_enabled(tried) is False
    FlagRule.objects.create(name=tried, percentage=100)  # a change whose version was lost
    assert flag_enabled(tried) is False
    monkeypatch.setattr(snapshot, "FULL_READ_SECONDS", 0.0)
    assert flag_enabled(tried) is True


def test_without_valkey_rules_are_read_from_the_table(in_acme, tried, settings):
    settings.FEATURE_FLAGS_CACHE_TTL = 1e-9
    nowhere = {**settings.CACHES["global"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "global": nowhere}
    assert flag_enabled(tried) is False
    FlagRule.objects.create(name=tried, percentage=100)
    assert flag_enabled(tried) is True


def test_a_version_that_can_not_be_told_is_said_in_the_log(settings):
    nowhere = {**settings.CACHES["global"], "LOCATION": "redis://127.0.0.1:1/0"}
    snapshot.announce()
    with capture_logs() as told:
        snapshot.announce()
        assert told == []
        settings.CACHES = {**settings.CACHES, "global": nowhere}
        snapshot.announce()
    assert [line["event"] for line in told] == ["flags_version_lost"]


def test_emptied_valkey_gets_a_new_version(in_acme, tried, settings, django_assert_num_queries):
    settings.FEATURE_FLAGS_CACHE_TTL = 1e-9
    assert flag_enabled(tried) is False
    caches["global"].delete(snapshot.VERSION_KEY)
    FlagRule.objects.create(name=tried, percentage=100)
    assert flag_enabled(tried) is True
    with django_assert_num_queries(0):
        assert flag_enabled(tried) is True


def test_database_away_leaves_the_last_known_rules_and_counts(in_acme, tried, settings, monkeypatch):
    settings.FEATURE_FLAGS_CACHE_TTL = 1e-9
    flag_rule(tried, 100)
    assert flag_enabled(tried) is True

    def away():
        raise OperationalError("the server went away")

    monkeypatch.setattr(snapshot, "_rules", away)
    snapshot.caches["global"].delete(snapshot.VERSION_KEY)
    before = REGISTRY.get_sample_value("studio_flag_refresh_failures_total")
    assert flag_enabled(tried) is True
    assert REGISTRY.get_sample_value("studio_flag_refresh_failures_total") == before + 1
    snapshot.forget()
    with pytest.raises(OperationalError):
        flag_enabled(tried)


def test_others_go_on_while_one_thread_asks(in_acme, tried, settings, monkeypatch):
    flag_rule(tried, 100)
    settings.FEATURE_FLAGS_CACHE_TTL = 0.05
    assert flag_enabled(tried) is True
    monkeypatch.setattr(snapshot, "OVERLAP_SECONDS", 300.0)
    settings.FEATURE_FLAGS_CACHE_TTL = 1e-9
    snapshot.announce()
    assert flag_enabled(tried) is True
    answers: list[bool] = []
    with snapshot._lock:  # somebody is asking right now
        other = threading.Thread(target=lambda: answers.append(flag_enabled(tried, schema="org_x")))
        other.start()
        other.join(10)
    assert answers == [True]


def test_backend_of_defaults_reads_no_rules(in_acme, tried, settings, django_assert_num_queries):
    flag_rule(tried, 100)
    settings.FEATURE_FLAGS_BACKEND = "defaults"
    with django_assert_num_queries(0):
        assert flag_enabled(tried) is False


def test_evaluations_are_counted_by_flag_and_result_without_the_organisation(in_acme, tried):
    off, on = _counted(tried, "off"), _counted(tried, "on")
    flag_enabled(tried)
    flag_rule(tried, 100)
    flag_enabled(tried)
    flag_enabled(tried)
    flags_shown()
    assert (_counted(tried, "off"), _counted(tried, "on")) == (off + 1, on + 2)


def test_require_flag_lets_pass_or_says_which_is_off(in_acme, tried):
    with pytest.raises(FeatureDisabled) as refused:
        require_flag(tried)
    assert (refused.value.code, refused.value.status, refused.value.details) == (
        "feature_disabled",
        403,
        {"flag": tried},
    )
    flag_rule(tried, 100)
    require_flag(tried)


def test_shown_flags_are_those_that_apply(in_acme, globex, tried):
    flag_rule(tried, 100, tenant=in_acme)
    assert flags_shown()[tried] is True
    assert flags_shown(schema=globex.schema_name)[tried] is False
    assert flags_shown(actor=Actor(user_id=None))["self_signup"] is False
    assert connection.schema_name == in_acme.schema_name
