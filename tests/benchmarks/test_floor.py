import subprocess
import sys

import orjson

from projects.models import Project

# The floor has settings of its own, so another interpreter has to read its model.
PROGRAM = """
import json, django
django.setup()
from benchmarks.floor.models import FloorProject
print(json.dumps(sorted(field.column for field in FloorProject._meta.concrete_fields)))
"""


def test_floor_table_has_the_columns_of_projects(monkeypatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "benchmarks.floor.bare")
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert orjson.loads(finished.stdout) == sorted(field.column for field in Project._meta.concrete_fields)
