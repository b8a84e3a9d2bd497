"""What the launcher can't work with is one sentence and exit code 2, and nothing is left half-made."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from config.studio import postgres, valkey
from config.studio.errors import StudioRefused
from config.studio.places import Places
from config.studio.postgres import Postgres
from config.studio.secret_file import load_secrets
from config.studio.valkey import Valkey

pytestmark = pytest.mark.studio

Run = Callable[..., CompletedProcess[str]]


def refusal_of(result: CompletedProcess[str]) -> str:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("studio: ")
    return result.stderr.removeprefix("studio: ").removesuffix("\n")


def test_cluster_of_another_version_is_refused_and_untouched(run: Run, data_dir: Path) -> None:
    cluster = data_dir / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")

    assert refusal_of(run("run", "--", "true")) == (
        f"{cluster} was made by PostgreSQL 15 and this studio runs 18: dump it with the older version, or set "
        "STUDIO_DATA_DIR to another directory."
    )
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_directory_that_is_no_cluster_is_refused(run: Run, data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)

    assert refusal_of(run("run", "--", "true")) == (
        f"{data_dir / 'postgres'} exists and is not a PostgreSQL data directory: move it away, or set STUDIO_DATA_DIR."
    )


def test_data_directory_that_is_a_file_is_refused(run: Run, data_dir: Path) -> None:
    data_dir.write_text("not a directory")

    assert refusal_of(run("run", "--", "true")) == (
        f"The data directory {data_dir} can't be created (File exists): set STUDIO_DATA_DIR to a directory you may "
        "write."
    )


def test_read_only_place_is_refused(run: Run) -> None:
    refusal = refusal_of(run("run", "--", "true", STUDIO_DATA_DIR="/proc/self/novella"))

    assert refusal.startswith("The data directory /proc/self/novella can't be created (")
    assert refusal.endswith("): set STUDIO_DATA_DIR to a directory you may write.")


def test_directory_of_another_user_is_refused(data_dir: Path, run_as_nobody: Run) -> None:
    os.chown(data_dir, 0, 0)
    data_dir.chmod(0o755)

    assert refusal_of(run_as_nobody("run", "--", "true")) == (
        f"The data directory {data_dir} can't be created (Permission denied): set STUDIO_DATA_DIR to a directory you "
        "may write."
    )


def test_path_too_long_for_postgres_is_refused(run: Run, data_dir: Path) -> None:
    long = data_dir.joinpath(*["deep" * 50] * 5)

    assert refusal_of(run("run", "--", "true", STUDIO_DATA_DIR=str(long))) == (
        f"The data directory's path has {len(str(long))} bytes and PostgreSQL takes 800: set STUDIO_DATA_DIR to a "
        "shorter path."
    )
    assert not data_dir.exists()


def test_path_just_short_enough_works(run: Run, data_dir: Path) -> None:
    room = 800 - len(str(data_dir)) - 1
    names = ["d" * 199] * (room // 200) + ["e" * (room % 200)]
    long = data_dir.joinpath(*names)
    assert len(str(long)) in range(799, 801)

    result = run("run", "--fast", "--", "echo", "runs", STUDIO_DATA_DIR=str(long))

    assert (result.returncode, result.stdout) == (0, "runs\n"), result.stderr


def test_path_with_blanks_and_quotes_works(run: Run, data_dir: Path) -> None:
    odd = data_dir / 'Léa\'s "novel" # 1'

    result = run("run", "--fast", "--", "echo", "runs", STUDIO_DATA_DIR=str(odd))

    assert (result.returncode, result.stdout) == (0, "runs\n"), result.stderr


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)); restore"),
        ("[]", "lacks database_password, field_encryption_key, jwt_private_keys, postgres_password, secret_key, valk"),
        ('{"secret_key": "x"}', "lacks database_password, field_encryption_key, jwt_private_keys, postgres_password,"),
    ],
)
def test_broken_secrets_are_refused_and_kept(run: Run, data_dir: Path, text: str, complaint: str) -> None:
    data_dir.mkdir()
    (data_dir / "secrets.json").write_text(text)

    assert f"{data_dir / 'secrets.json'} {complaint}" in refusal_of(run("run", "--", "true"))
    assert (data_dir / "secrets.json").read_text() == text


def test_secrets_of_another_cluster_are_refused(run: Run, data_dir: Path) -> None:
    assert run("run", "--fast", "--", "true").returncode == 0
    secrets = json.loads((data_dir / "secrets.json").read_text())
    (data_dir / "secrets.json").write_text(json.dumps({**secrets, "postgres_password": "another"}))

    assert refusal_of(run("run", "--fast", "--", "true")) == (
        f"PostgreSQL in {data_dir / 'postgres'} does not know the password in {data_dir / 'secrets.json'}: restore the "
        "secrets.json that was made with it."
    )


def test_cluster_that_does_not_start_is_refused_with_its_last_words(run: Run, data_dir: Path) -> None:
    assert run("run", "--fast", "--", "true").returncode == 0
    (data_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")

    refusal = refusal_of(run("run", "--fast", "--", "true"))

    assert f"postgres does not start. Its log ({data_dir / 'log' / 'postgres.log'}) ends:" in refusal
    assert 'unrecognized configuration parameter "no_such_setting"' in refusal


def test_missing_binaries_are_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places, secrets = Places(data_dir), load_secrets(data_dir)
    monkeypatch.setattr(postgres, "MAJOR_VERSION", "99")
    monkeypatch.setattr(valkey.platform, "machine", lambda: "s390x")

    with pytest.raises(StudioRefused, match="pginstall99/bin/postgres is missing or not executable: run `make clean"):
        Postgres(places, secrets)
    with pytest.raises(StudioRefused, match="There is no embedded Valkey for linux on s390x"):
        Valkey(places, secrets)


def test_packages_that_are_not_installed_are_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places, secrets = Places(data_dir), load_secrets(data_dir)
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(StudioRefused, match="The embedded PostgreSQL is not installed: run `make install`"):
        Postgres(places, secrets)
    with pytest.raises(StudioRefused, match="The embedded Valkey is not installed: run `make install`"):
        Valkey(places, secrets)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change its identity")
def test_root_without_user_namespaces_and_without_access_is_told_what_to_do(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data directory lies in a home that is closed to the user PostgreSQL would run as."""
    monkeypatch.setattr(postgres, "server_identity", lambda: postgres.NOBODY)
    places = Places(data_dir)
    places.create()

    with pytest.raises(StudioRefused, match=r"runs as user 65534, who needs access to .*: work as an ordinary user"):
        Postgres(places, load_secrets(data_dir)).prepare()
    assert not places.postgres.exists()
    assert list(data_dir.glob("postgres-*")) == []


def test_half_set_environment_is_refused(run: Run) -> None:
    result = run("--only", "servers", DATABASE_URL="postgresql://me@db.example/mine")

    assert result.returncode == 2
    assert "DATABASE_URL is set and REDIS_URL is not" in result.stderr


def test_own_servers_that_do_not_answer_are_refused_without_their_password(run: Run) -> None:
    result = run(
        "--only", "servers", DATABASE_URL="postgresql://me:hidden@127.0.0.1:1/mine", REDIS_URL="redis://127.0.0.1:1"
    )

    refusal = refusal_of(result)
    assert refusal.startswith("The PostgreSQL of DATABASE_URL does not let us in: ")
    assert refusal.endswith('server at "127.0.0.1", port 1 failed: Connection refused')
    assert "hidden" not in refusal


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8000.5"])
def test_port_that_is_none_is_refused(run: Run, port: str) -> None:
    result = run(f"--port={port}")

    assert result.returncode == 2
    assert f"argument --port: expected a port from 1 to 65535, found '{port}'" in result.stderr
