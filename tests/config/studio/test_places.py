"""Ports, paths, secrets, migration marks: the small parts of the launcher."""

import multiprocessing
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from config.studio import migration
from config.studio.discovery import Services, publish, running_services, withdraw
from config.studio.errors import StudioRefused
from config.studio.migration import is_migrated, remember_migrated
from config.studio.ownership import LauncherLock
from config.studio.places import DEFAULT_DATA_DIR, Places, places_from_environment
from config.studio.ports import POSTGRES_PORTS, free_port, port_is_free, usual_port
from config.studio.secret_file import load_secrets


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port below the ephemeral range that somebody listens on."""
    with socket.create_server(("127.0.0.1", free_port(21000))) as server:
        yield server.getsockname()[1]


def test_taken_port_is_passed_over(taken_port: int) -> None:
    assert not port_is_free(taken_port)
    assert taken_port < free_port(taken_port) < 32768


def test_no_free_port_below_the_ephemeral_range_is_refused() -> None:
    with pytest.raises(StudioRefused, match=r"^No port from 32768 to 32767 is free on 127\.0\.0\.1\.$"):
        free_port(32768)


def test_data_directory_is_the_environment_s_or_the_repository_s(tmp_path: Path) -> None:
    assert places_from_environment({}).data_dir == DEFAULT_DATA_DIR
    assert places_from_environment({"STUDIO_DATA_DIR": ""}).data_dir == DEFAULT_DATA_DIR
    assert places_from_environment({"STUDIO_DATA_DIR": str(tmp_path)}).data_dir == tmp_path
    assert places_from_environment({"STUDIO_DATA_DIR": "here"}).data_dir == Path.cwd() / "here"


def test_directories_are_closed_to_other_users(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")

    places.create()

    made = (places.data_dir, places.run, places.log, places.mail, places.valkey)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = load_secrets(tmp_path / "data")

    assert load_secrets(tmp_path / "data") == first
    assert Places(tmp_path / "data").secrets.stat().st_mode & 0o777 == 0o600
    key = load_pem_private_key(first.jwt_private_keys.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048


def test_secrets_do_not_show_in_logs(tmp_path: Path) -> None:
    made = load_secrets(tmp_path)

    assert repr(made) == str(made) == "Secrets(...)"


def test_processes_that_make_secrets_at_once_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(load_secrets, [tmp_path / "data"] * 8)

    assert set(found) == {load_secrets(tmp_path / "data")}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secrets.json"]


def test_changed_migration_or_replaced_cluster_asks_for_migrating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, places = tmp_path / "repository", Places(tmp_path / "data")
    (repository / "app" / "migrations").mkdir(parents=True)
    (repository / "requirements").mkdir()
    (repository / "requirements" / "base.txt").write_text("django==5.2")
    (repository / "app" / "migrations" / "0001_initial.py").write_text("first")
    places.postgres.mkdir(parents=True)
    monkeypatch.setattr(migration, "REPOSITORY", repository)
    states = [is_migrated(places)]

    remember_migrated(places)
    states.append(is_migrated(places))
    (repository / "app" / "migrations" / "0001_initial.py").write_text("changed")
    states.append(is_migrated(places))
    remember_migrated(places)
    (repository / "requirements" / "base.txt").write_text("django==5.3")
    states.append(is_migrated(places))
    remember_migrated(places)
    places.postgres.rename(tmp_path / "replaced")
    places.postgres.mkdir()
    states.append(is_migrated(places))

    assert states == [False, True, False, False, False]


def test_servers_that_do_not_answer_are_not_found_though_their_launcher_lives(tmp_path: Path, taken_port: int) -> None:
    places, closed = Places(tmp_path), free_port(taken_port + 1)
    places.create()
    database_url, redis_url = f"postgresql://me@127.0.0.1:{taken_port}/mine", f"redis://127.0.0.1:{taken_port}"

    with LauncherLock(places):
        publish(places, Services(database_url, redis_url, 8000))
        both = running_services(tmp_path)
        publish(places, Services(database_url, f"redis://127.0.0.1:{closed}", 8000))
        one = running_services(tmp_path)
        withdraw(places)
        none = running_services(tmp_path)

    assert (both, one, none) == (Services(database_url, redis_url, 8000), None, None)


def test_addresses_that_a_dead_launcher_left_are_not_believed_though_somebody_listens_there(
    tmp_path: Path, taken_port: int
) -> None:
    places = Places(tmp_path)
    places.create()
    with LauncherLock(places):
        publish(places, Services(f"postgresql://127.0.0.1:{taken_port}", f"redis://127.0.0.1:{taken_port}"))

    assert running_services(tmp_path) is None


def test_addresses_are_closed_to_others_and_do_not_show_in_logs(tmp_path: Path) -> None:
    places, services = (
        Places(tmp_path),
        Services("postgresql://me:hidden@127.0.0.1:1/mine", "redis://127.0.0.1:2", 8000),
    )
    places.create()

    publish(places, services)

    assert places.state.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in places.run.iterdir()] == ["state.json"]
    assert "hidden" not in repr(services)


def test_usual_port_stays_with_its_data_directory_and_in_its_range() -> None:
    found = [usual_port(POSTGRES_PORTS, Path(f"/data/{number}")) for number in range(50)]

    assert found == [usual_port(POSTGRES_PORTS, Path(f"/data/{number}")) for number in range(50)]
    assert all(port in POSTGRES_PORTS for port in found)
    assert len(set(found)) > 40
