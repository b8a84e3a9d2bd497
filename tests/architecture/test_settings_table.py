"""Every knob of the environment is described, and the table of the operators is the one of the code."""

from django.core.management import call_command

from config.env import Environment


def test_every_knob_says_what_it_does_in_sentences():
    silent = [
        name
        for name, field in Environment.model_fields.items()
        if not field.description or not field.description.rstrip().endswith(".")
    ]
    assert silent == []


def test_table_of_the_settings_is_current():
    call_command("settings_table", "--check")
