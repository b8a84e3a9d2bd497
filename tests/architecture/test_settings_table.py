"""Every knob of the environment is described, and the table of the operators is the one of the code."""

import re

from config.env import BASE_DIR, Environment

TABLE = BASE_DIR / "docs" / "operations" / "settings.md"


def test_every_knob_says_what_it_does_in_sentences():
    silent = [
        name
        for name, field in Environment.model_fields.items()
        if not field.description or not field.description.rstrip().endswith(".")
    ]
    assert silent == []


def test_table_names_every_knob_with_its_sentence_and_no_other():
    text = TABLE.read_text(encoding="utf-8")
    named = re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", text, re.MULTILINE)
    assert sorted(named) == sorted(Environment.model_fields)
    missing = [name for name, field in Environment.model_fields.items() if str(field.description) not in text]
    assert missing == [], "run `make settings-table`"
