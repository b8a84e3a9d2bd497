"""A prompts directory of a test's own, and the played provider."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.support.provider_fixtures import llm_settings, provider_server

__all__ = ["llm_settings", "provider_server", "write_prompt"]

RULES = """
description: Rules for tests.
rules:
  brevity: Be brief.
"""
WORDING = """
description: Wording for tests.
schema_in_prompt: "schema {schema}"
repair: "mend {problem}"
"""


@pytest.fixture
def prompts_dir(tmp_path: Path, settings: Settings) -> Path:
    """An empty prompts directory with the shared files, in use by the settings."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "rules.yaml").write_text(RULES)
    (tmp_path / "shared" / "structured_answers.yaml").write_text(WORDING)
    settings.PROMPTS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def write_prompt(prompts_dir: Path) -> Callable[..., Path]:
    """Write a prompt file `greeting.yaml` with this user template and these further lines."""

    def write(user: str = "Hello {{ name }}", *, variables: str = "{name: {type: text}}", more: str = "") -> Path:
        path = prompts_dir / "greeting.yaml"
        indented = "\n".join(f"  {line}" for line in user.splitlines())
        path.write_text(
            f"name: greeting\nversion: 1\ndescription: A greeting.\nvariables: {variables}\n"
            f"system: Be kind.\nuser: |\n{indented}\n{more}"
        )
        return path

    return write
