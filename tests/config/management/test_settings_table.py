"""The document of settings says what the code says."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.env import Environment
from config.management.commands import settings_table


def test_document_is_up_to_date():
    call_command("settings_table", "--check")


def test_every_knob_has_a_row_and_a_sentence():
    said = StringIO()
    call_command("settings_table", stdout=said)
    rows = said.getvalue().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(Environment.model_fields)
    assert all(len(row.split(" | ")[3]) > 10 for row in rows)


def test_older_document_fails_the_check_and_is_written_anew(tmp_path, monkeypatch):
    document = tmp_path / "settings.md"
    document.write_text(f"before\n{settings_table.BEGIN}\n| old |\n{settings_table.END}\nafter\n")
    monkeypatch.setattr(settings_table, "DOCUMENT", document)
    with pytest.raises(CommandError):
        call_command("settings_table", "--check")
    call_command("settings_table", "--write")
    call_command("settings_table", "--check")
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| old |" not in text
    assert "`DATABASE_URL`" in text


def test_document_without_a_place_is_refused(tmp_path, monkeypatch):
    document = tmp_path / "settings.md"
    document.write_text("nothing\n")
    monkeypatch.setattr(settings_table, "DOCUMENT", document)
    with pytest.raises(CommandError, match="needs the lines"):
        call_command("settings_table", "--write")
    assert document.read_text() == "nothing\n"
