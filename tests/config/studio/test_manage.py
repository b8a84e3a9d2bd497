"""`manage.py` beside and without a running studio."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.studio.places import REPOSITORY
from tests.config.studio.conftest import clean_environment

pytestmark = pytest.mark.studio

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def manage(data_dir: Path) -> Manage:
    """One management command, from another directory than the repository's."""

    def run_to_end(*arguments: str, python: tuple[str, ...] = (sys.executable,)) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*python, str(REPOSITORY / "manage.py"), *arguments],
            env=clean_environment(data_dir),
            cwd=data_dir.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_to_end


def test_command_that_needs_a_server_and_finds_none_says_so(manage: Manage, data_dir: Path) -> None:
    result = manage("tenant", "list")

    assert result.returncode == 2
    assert result.stderr == (
        f"No servers run in {data_dir}: start the studio with `make up` (or `python -m config.studio run -- COMMAND` "
        "for one command), or set DATABASE_URL and REDIS_URL.\n"
    )


def test_command_that_meets_broken_secrets_says_so(manage: Manage, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "secrets.json").write_text("{")

    result = manage("check")

    assert result.returncode == 2
    assert result.stderr.startswith(f"studio: {data_dir / 'secrets.json'} is not JSON")
    assert result.stderr.count("\n") == 1


def test_interpreter_without_django_is_told_where_the_right_one_is(manage: Manage) -> None:
    result = manage("studio", python=(sys.executable, "-S"))

    assert (result.returncode, result.stderr) == (
        2,
        f"{sys.executable} has no Django: run `make install`, then use .venv/bin/python manage.py\n",
    )


def test_launcher_is_one_of_the_management_commands(manage: Manage) -> None:
    helped = manage("help", "studio")

    assert helped.returncode == 0
    assert "run one command beside PostgreSQL and Valkey" in helped.stdout


def test_ctrl_c_ends_a_command_without_a_traceback(data_dir: Path) -> None:
    program = (
        "import sys, manage\n"
        "def interrupted(): raise KeyboardInterrupt\n"
        "manage._run_command = interrupted\n"
        "sys.argv = ['manage.py', 'tenant', 'list']\n"
        "sys.exit(manage.main())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=clean_environment(data_dir),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (result.returncode, result.stderr) == (130, "")
