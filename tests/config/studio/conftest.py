"""Launchers as people start them: a process of its own, in a data directory of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.studio.discovery import Services, running_services
from config.studio.places import REPOSITORY, Places
from tests.config.studio.waiting import wait_until

OURS = ("DATABASE_URL", "REDIS_URL", "STUDIO_DATA_DIR", "STUDIO_PORT", "STUDIO_PROCESS", "DJANGO_SETTINGS_MODULE")


@pytest.fixture(autouse=True)
def hang_up_is_heard() -> Iterator[None]:
    """Hear SIGHUP as from a terminal: under nohup it is ignored, and every process started here would inherit that."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


class Launcher:
    """One launcher process and what can be asked of it."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        self.data_dir = data_dir
        descriptor, output_path = tempfile.mkstemp(prefix="output-", dir=data_dir.parent)
        self.output_path = Path(output_path)
        with os.fdopen(descriptor, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "manage.py"), "studio", *arguments],
                env=clean_environment(data_dir, **environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.output_path.read_text(encoding="utf-8")

    def wait_ready(self, seconds: float = 60) -> Services:
        wait_until(lambda: "is ready" in self.output or self.process.poll() is not None, seconds=seconds)
        services = running_services(self.data_dir)
        assert services is not None, self.output
        return services

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)

    def guardian(self) -> psutil.Process:
        return next(iter(self.guardians()))

    def guardians(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if child.is_running() and "guardian.py" in " ".join(child.cmdline())]

    def child(self, words: str) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if words in " ".join(child.cmdline()))


def clean_environment(data_dir: Path, **extra: str) -> dict[str, str]:
    """This process's environment without what the run of the tests itself was given."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "STUDIO_DATA_DIR": str(data_dir), **extra}


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Every live process that was started for a data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("STUDIO_DATA_DIR") == str(data_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def postgres_pid(data_dir: Path) -> int:
    """The process that PostgreSQL itself says it is."""
    return int((Places(data_dir).postgres / "postmaster.pid").read_text().split("\n", 1)[0])


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory to be; whatever still runs in it at the end is killed, and that is a failure."""
    home = Path(tempfile.mkdtemp(prefix="studio-test-"))
    directory = home / "data"
    yield directory
    left = [(process, " ".join(process.cmdline())) for process in processes_of(directory)]
    for process, _ in left:
        process.kill()
    shutil.rmtree(home)
    assert not left, f"left behind: {left}"


@pytest.fixture(scope="session")
def made_data_dir() -> Iterator[Path]:
    """A data directory whose cluster and secrets are made already; copy it, do not use it."""
    home = Path(tempfile.mkdtemp(prefix="studio-made-"))
    made = home / "data"
    subprocess.run(
        [sys.executable, "-m", "config.studio", "run", "--fast", "--", "true"],
        env=clean_environment(made),
        cwd=REPOSITORY,
        timeout=120,
        check=True,
    )
    yield made
    shutil.rmtree(home)


@pytest.fixture
def start_launcher(data_dir: Path) -> Iterator[Callable[..., Launcher]]:
    """Start launchers in the data directory; they are ended with the test."""
    started: list[Launcher] = []

    def start(*arguments: str, in_dir: Path | None = None, **environment: str) -> Launcher:
        started.append(Launcher(in_dir or data_dir, *arguments, **environment))
        return started[-1]

    yield start
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.stop()


@pytest.fixture
def run(data_dir: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """`python -m config.studio ...` to its end."""

    def run_to_end(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "config.studio", *arguments],
            env=clean_environment(data_dir, **environment),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_to_end


@pytest.fixture
def run_as_nobody(data_dir: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """`python -m config.studio ...` as an ordinary user, with an interpreter that this user can reach."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    interpreter = shutil.which(f"python{version}", path="/usr/bin:/usr/local/bin")
    if interpreter is None:
        pytest.skip(f"no Python {version} that other users can reach")
    data_dir.mkdir()
    os.chown(data_dir, 65534, 65534)
    data_dir.parent.chmod(0o755)

    def run_to_end(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                interpreter,
                "-m",
                "config.studio",
                *arguments,
            ],
            env=clean_environment(
                data_dir, PYTHONPATH=os.pathsep.join(path for path in sys.path if path.endswith("-packages"))
            ),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_to_end
