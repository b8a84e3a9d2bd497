"""Production refuses to start with what is only good enough for one's own machine."""

import os
import secrets
import subprocess
import sys

import pytest

from config.env import BASE_DIR, Environment
from config.studio.secret_file import new_private_key

QUESTION = (
    "import config.settings.production as s; from django.http.request import validate_host as v; "
    "print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, v('write.elsewhere.example', s.ALLOWED_HOSTS))"
)


@pytest.fixture(scope="module")
def private_keys(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "keys.pem"
    path.write_text(new_private_key())
    return path


@pytest.fixture
def start(private_keys):
    """`start(NAME=value)`: a process with production's settings, right but for what is named (None: not set)."""

    def run(**changes):
        right = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "JWT_PRIVATE_KEYS": str(private_keys),
            "BASE_DOMAIN": "studio.example",
            "ALLOWED_HOSTS": "studio.example",
            "PUBLIC_SCHEME": "https",
            "DATABASE_URL": "postgres://studio@127.0.0.1:1/studio",
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        clean = {name: value for name, value in os.environ.items() if name not in Environment.model_fields}
        wanted = {name: value for name, value in {**right, **changes}.items() if value is not None}
        return subprocess.run(
            [sys.executable, "-c", QUESTION],
            env={**clean, **wanted},
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_right_values_start_strictly(start):
    done = start()
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "True", "True", "True"]  # the last: a custom domain reaches its middleware


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY: expected 50"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: expected 50"),
        ({"SECRET_KEY": "a" * 80}, "SECRET_KEY: expected 50"),
        ({"JWT_PRIVATE_KEYS": None}, "JWT_PRIVATE_KEYS: expected"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS: expected hosts by name"),
        ({"ALLOWED_HOSTS": "studio.example,*.example"}, "ALLOWED_HOSTS: expected hosts by name"),
        ({"BASE_DOMAIN": None}, "BASE_DOMAIN: expected"),
        ({"PUBLIC_SCHEME": "http"}, "PUBLIC_SCHEME: expected https"),
        ({"DATABASE_URL": None, "REDIS_URL": None}, "DATABASE_URL and REDIS_URL: expected"),
    ],
)
def test_weak_value_is_refused_by_name(start, changes, sentence, tmp_path):
    done = start(STUDIO_DATA_DIR=str(tmp_path), **changes)
    assert done.returncode == 2, done.stdout + done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_file_without_a_key_is_refused(start, tmp_path, content):
    path = tmp_path / "keys.pem"
    path.write_text(content)
    done = start(JWT_PRIVATE_KEYS=str(path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "JWT_PRIVATE_KEYS" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_key_file_is_refused(start, tmp_path):
    done = start(JWT_PRIVATE_KEYS=str(tmp_path / "missing.pem"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "JWT_PRIVATE_KEYS" in done.stderr


@pytest.mark.parametrize("bits", [1024])
def test_weak_key_is_refused(start, tmp_path, bits):
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  (this test's own)
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    path = tmp_path / "keys.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    done = start(JWT_PRIVATE_KEYS=str(path))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "2048" in done.stderr


def test_debug_is_never_on(start):
    assert start(DEBUG="true").stdout.split()[0] == "False"
