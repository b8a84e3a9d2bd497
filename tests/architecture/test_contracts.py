"""The import contracts: apps point one way, rooms do not know HTTP, nobody walks in through another app's doors."""

import subprocess
import sys
from pathlib import Path

from config.env import BASE_DIR


def test_import_contracts_are_kept():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-logo"], check=False, cwd=BASE_DIR, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
