"""The knobs of sign-in: what contradicts itself, or can't sign, stops the boot with the variable's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import environment
from tests.factories.tokens import pem, rsa_key


def _boot(monkeypatch: pytest.MonkeyPatch, **variables: str):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return environment.__wrapped__()


def test_rotation_and_reuse_detection_are_on_unless_told_otherwise(monkeypatch) -> None:
    found = _boot(monkeypatch)

    assert (found.REFRESH_ROTATION_ENABLED, found.REFRESH_REUSE_DETECTION) == (True, True)
    assert (found.ACCESS_TOKEN_TTL_S, found.REFRESH_TOKEN_TTL_S, found.REFRESH_SESSION_TTL_S) == (
        300,
        30 * 86400,
        90 * 86400,
    )


def test_both_may_be_off_and_detection_alone_too(monkeypatch) -> None:
    assert not _boot(monkeypatch, REFRESH_REUSE_DETECTION="false").REFRESH_REUSE_DETECTION
    assert not _boot(monkeypatch, REFRESH_ROTATION_ENABLED="false").REFRESH_ROTATION_ENABLED


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"REFRESH_ROTATION_ENABLED": "false"},
            ["REFRESH_REUSE_DETECTION", "REFRESH_ROTATION_ENABLED", "set both to false, or rotation to true"],
        ),
        (
            {"REFRESH_ROTATION_ENABLED": "false", "REFRESH_REUSE_DETECTION": "true"},
            ["REFRESH_REUSE_DETECTION", "REFRESH_ROTATION_ENABLED"],
        ),
        ({"REFRESH_REUSE_DETECTION": "sometimes"}, ["REFRESH_REUSE_DETECTION", "'sometimes'", "boolean"]),
        ({"REFRESH_SESSION_TTL_S": "86400"}, ["REFRESH_SESSION_TTL_S (86400)", "REFRESH_TOKEN_TTL_S (2592000)"]),
        ({"REFRESH_TOKEN_TTL_S": "300"}, ["REFRESH_TOKEN_TTL_S must be above ACCESS_TOKEN_TTL_S"]),
        ({"ACCESS_TOKEN_TTL_S": "5"}, ["ACCESS_TOKEN_TTL_S", "30"]),
        ({"REFRESH_ROTATON_ENABLED": "true"}, ["REFRESH_ROTATON_ENABLED: no such setting"]),
        ({"JWT_PRIVATE_KEYS": "/nowhere/keys.pem"}, ["JWT_PRIVATE_KEYS", "PEM private keys", "/nowhere/keys.pem"]),
    ],
    ids=[
        "default detection",
        "both named",
        "not a boolean",
        "shorter session",
        "short refresh",
        "short access",
        "misspelt",
        "no file",
    ],
)
def test_what_contradicts_itself_stops_the_boot(monkeypatch, capsys, variables, says) -> None:
    with pytest.raises(SystemExit) as stopped:
        _boot(monkeypatch, **variables)

    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert [words for words in says if words not in said] == []


@pytest.mark.parametrize(
    ("keys", "says"),
    [(lambda: pem(rsa_key(3, 1024)), "block 1 has 1024 bits"), (lambda: "nothing", "found none")],
    ids=["weak", "none"],
)
def test_keys_that_can_not_sign_stop_the_web_process(tmp_path: Path, keys, says) -> None:
    file = tmp_path / "keys.pem"
    file.write_text(keys())

    ended = subprocess.run(
        [sys.executable, "-c", "import config.wsgi"],
        env={**os.environ, "JWT_PRIVATE_KEYS": str(file), "DJANGO_SETTINGS_MODULE": "config.settings.local"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode != 0
    assert says in ended.stderr
