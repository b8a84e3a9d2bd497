"""What the figures were measured on, in one line."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("django", "djangorestframework", "django-tenants", "psycopg", "granian", "celery")


def machine_line() -> str:
    """Date, cores, memory, kernel, Python and the packages that decide the speed."""
    memory_gib = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores ({_processor()}), {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; {packages}"
    )


def _processor() -> str:
    """The processor's name where the system tells it, its architecture otherwise."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()
