import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from benchmarks.processes import cpu_seconds, family

# A child uses 0.2 s of CPU and ends; its parent says so and waits.
PARENT = """
import subprocess, sys
work = "import time\\nwhile time.process_time() < 0.2: pass"
subprocess.run([sys.executable, "-c", work], check=True)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def parent() -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"done\n"
    yield psutil.Process(process.pid)
    process.communicate()


def test_cpu_of_a_child_that_has_ended_is_counted(parent: psutil.Process) -> None:
    own = parent.cpu_times()
    assert family(parent) == [parent]
    assert cpu_seconds(parent) - own.user - own.system >= 0.19


def test_cpu_of_a_process_that_is_gone_is_refused() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    child.communicate(b"\n")
    with pytest.raises(psutil.NoSuchProcess):
        cpu_seconds(process)
