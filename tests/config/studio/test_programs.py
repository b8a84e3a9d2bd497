"""The table of processes says what this environment asks for."""

from pathlib import Path

import pytest

from config.env import Environment
from config.studio.places import Places
from config.studio.programs import GENERATION_QUEUES, TABLE, Stage, processes
from generation.choices import Queue


def stage(**values: object) -> Stage:
    return Stage(Environment(**values), Places(Path("/data")), 8123)


def command_of(name: str, at: Stage) -> tuple[str, ...]:
    return next(process for process in TABLE if process.name == name).program(at, {}).command


def test_queues_of_the_generation_worker_are_those_that_jobs_are_sent_to() -> None:
    assert tuple(Queue.values) == GENERATION_QUEUES


def test_names_are_unique() -> None:
    names = [process.name for process in TABLE]

    assert sorted(set(names)) == sorted(names)


def test_studio_without_workers_starts_web_and_beat_alone() -> None:
    assert [process.name for process in processes(Environment(WORKER_ENABLED=False))] == ["web", "beat"]
    assert [process.name for process in processes(Environment())] == [
        "web",
        "generation",
        "indexing",
        "maintenance",
        "beat",
    ]


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("generation", "WORKER_CONCURRENCY_GENERATION"),
        ("indexing", "WORKER_CONCURRENCY_INDEXING"),
        ("maintenance", "WORKER_CONCURRENCY_MAINTENANCE"),
    ],
)
def test_worker_takes_its_concurrency_from_its_setting(name: str, setting: str) -> None:
    assert "--concurrency=7" in command_of(name, stage(**{setting: 7}))


def test_web_takes_port_processes_and_threads_from_its_stage_and_settings() -> None:
    command = command_of("web", stage(WEB_PROCESSES=3, WEB_THREADS=5))

    assert {"--port=8123", "--host=127.0.0.1", "--workers=3", "--blocking-threads=5"} <= set(command)


def test_every_program_knows_its_kind() -> None:
    kinds = {process.name: process.program(stage(), {}).environment["STUDIO_PROCESS"] for process in TABLE}

    assert kinds == {
        "web": "web",
        "generation": "worker",
        "indexing": "worker",
        "maintenance": "worker",
        "beat": "beat",
    }
