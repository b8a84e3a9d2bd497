"""Prompt files are read once, and again after a change while DEBUG is on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from generation.exceptions import PromptInvalid
from generation.prompts import render
from generation.prompts.library import library

Write = Callable[..., Path]


def change(path: Path, old: str, new: str) -> None:
    """Rewrite a file; its time of change moves on even on a coarse clock."""
    path.write_text(path.read_text().replace(old, new))
    moved_ns = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(moved_ns, moved_ns))


def greeting() -> str:
    return render("greeting", {"name": "Ada"}).messages[1].content


def test_change_shows_at_once_while_debug_is_on(write_prompt: Write, settings: Settings) -> None:
    settings.DEBUG = True
    path = write_prompt()
    assert greeting() == "Hello Ada"
    change(path, "Hello", "Salut")
    assert greeting() == "Salut Ada"


def test_change_of_a_shared_rule_shows_while_debug_is_on(
    write_prompt: Write, prompts_dir: Path, settings: Settings
) -> None:
    settings.DEBUG = True
    write_prompt("{{ rules.brevity }} {{ name }}")
    assert greeting() == "Be brief. Ada"
    change(prompts_dir / "shared" / "rules.yaml", "Be brief.", "Be long.")
    assert greeting() == "Be long. Ada"


def test_files_are_read_once_while_debug_is_off(write_prompt: Write, settings: Settings) -> None:
    settings.DEBUG = False
    path = write_prompt()
    held = library()
    change(path, "Hello", "Salut")
    assert library() is held
    assert greeting() == "Hello Ada"


def test_one_broken_file_does_not_hide_the_others(write_prompt: Write, prompts_dir: Path) -> None:
    write_prompt()
    (prompts_dir / "broken.yaml").write_text("name: [")
    assert greeting() == "Hello Ada"
    with pytest.raises(PromptInvalid, match=r"broken\.yaml"):
        render("broken", {})
