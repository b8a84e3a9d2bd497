"""The environment: what is wrong stops the boot with the variable's name, the value's problem and what is allowed."""

import pytest

from config.env import Environment, environment
from config.env_complaints import OUR_PREFIXES, RETIRED

SERVERS = {"DATABASE_URL": "postgres://u:p@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}


@pytest.fixture
def boot(monkeypatch, capsys):
    """`boot(NAME=value, ...)`: the environment of a process that has these variables and no other of ours."""

    def read(**variables):
        for name in Environment.model_fields:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        environment.cache_clear()
        return environment()

    yield read
    environment.cache_clear()


WRONG = {
    "port is no number": ({"STUDIO_PORT": "eighty"}, "STUDIO_PORT", "integer"),
    "port out of range": ({"STUDIO_PORT": "70000"}, "STUDIO_PORT", "65535"),
    "no truth value": ({"WORKER_ENABLED": "perhaps"}, "WORKER_ENABLED", "boolean"),
    "scheme": ({"PUBLIC_SCHEME": "ftp"}, "PUBLIC_SCHEME", "'http' or 'https'"),
    "log level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "'DEBUG'"),
    "token life": ({"ACCESS_TOKEN_TTL_S": "5"}, "ACCESS_TOKEN_TTL_S", "30"),
    "body limit": ({"REQUEST_BODY_MAX_BYTES": "1"}, "REQUEST_BODY_MAX_BYTES", "1024"),
    "other database": ({**SERVERS, "DATABASE_URL": "mysql://x"}, "DATABASE_URL", "postgres://"),
    "other broker": ({**SERVERS, "REDIS_URL": "amqp://x"}, "REDIS_URL", "redis://"),
    "queue": ({"QUEUE_BACKEND_URL": "sqs://x"}, "QUEUE_BACKEND_URL", "redis://"),
    "database alone": ({"DATABASE_URL": SERVERS["DATABASE_URL"]}, "REDIS_URL", "set both"),
    "redis alone": ({"REDIS_URL": SERVERS["REDIS_URL"]}, "DATABASE_URL", "set both"),
    "pool upside down": ({"DATABASE_POOL_MIN": "9", "DATABASE_POOL_MAX": "2"}, "DATABASE_POOL_MIN", "POOL_MAX (2)"),
    "refresh below access": (
        {"ACCESS_TOKEN_TTL_S": "3600", "REFRESH_TOKEN_TTL_S": "300"},
        "REFRESH_TOKEN_TTL_S",
        "ACCESS_TOKEN_TTL_S",
    ),
    "model without endpoint": ({"LLM_MODEL": "small"}, "LLM_BASE_URL", "set both"),
    "endpoint without model": ({"LLM_BASE_URL": "http://127.0.0.1:1/v1"}, "LLM_MODEL", "set both"),
    "sweep beyond leases": ({"JOB_SWEEP_S": "600", "JOB_LEASE_S": "3"}, "JOB_SWEEP_S", "JOB_LEASE_S"),
    "misspelt": ({"WORKER_ENABLE": "true"}, "WORKER_ENABLE", "no such setting"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_value_stops_the_boot_and_is_named(boot, capsys, name):
    variables, variable, allowed = WRONG[name]
    with pytest.raises(SystemExit) as caught:
        boot(**variables)
    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert variable in said
    assert allowed in said
    assert "Traceback" not in said


def test_all_mistakes_are_named_at_once(boot, capsys):
    with pytest.raises(SystemExit):
        boot(STUDIO_PORT="x", LOG_LEVEL="y", WORKER_ENABLE="z")
    said = capsys.readouterr().err
    assert all(name in said for name in ("STUDIO_PORT", "LOG_LEVEL", "WORKER_ENABLE"))


@pytest.mark.parametrize("name", RETIRED)
def test_retired_knob_stops_the_boot_and_says_why(boot, capsys, monkeypatch, name):
    with pytest.raises(SystemExit):
        boot(**{name: "true"})
    said = capsys.readouterr().err
    assert f"{name}: {RETIRED[name]}" in said
    monkeypatch.delenv(name)


def test_secret_in_a_wrong_value_is_not_repeated(boot, capsys):
    with pytest.raises(SystemExit):
        boot(**{**SERVERS, "DATABASE_URL": "mysql://studio:hush-hush@db/x"})
    assert "hush-hush" not in capsys.readouterr().err


@pytest.mark.parametrize("variables", [{}, SERVERS, {"ALLOWED_HOSTS": "a.example, b.example"}, {"UNRELATED": "x"}])
def test_right_values_boot(boot, variables):
    found = boot(**variables)
    assert variables.get("DATABASE_URL", "") == found.DATABASE_URL
    assert len(found.ALLOWED_HOSTS) == (2 if "ALLOWED_HOSTS" in variables else 0)


def test_our_prefixes_are_those_of_our_knobs():
    names = list(Environment.model_fields)
    assert [prefix for prefix in OUR_PREFIXES if not any(name.startswith(prefix) for name in names)] == []
