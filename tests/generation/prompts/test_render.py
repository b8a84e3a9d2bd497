"""Filling in a prompt: values stay text, wrong variables are named, answers are checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generation.exceptions import (
    PromptInvalid,
    PromptTooLarge,
    PromptUnknown,
    PromptVariablesInvalid,
)
from generation.prompts import render
from generation.providers import Message, MessageRole

Write = Callable[..., Path]


def test_prompt_becomes_a_system_and_a_user_message(write_prompt: Write) -> None:
    write_prompt()
    rendered = render("greeting", {"name": "Ada"})
    assert rendered.messages == (
        Message(MessageRole.SYSTEM, "Be kind."),
        Message(MessageRole.USER, "Hello Ada"),
    )
    assert (rendered.name, rendered.version, rendered.schema) == ("greeting", 1, None)


@pytest.mark.parametrize(
    "value", ["{{ 7 * 7 }}", "{% for x in range(9) %}x{% endfor %}", "{# hidden #}", "<b>&amp;</b>", "{{ name }}"]
)
def test_template_syntax_inside_a_value_stays_text(value: str, write_prompt: Write) -> None:
    write_prompt()
    assert render("greeting", {"name": value}).messages[1].content == f"Hello {value}"


def test_optional_variables_are_empty_when_absent(write_prompt: Write) -> None:
    kinds = {"name": "text", "age": "integer", "tags": "list", "more": "object", "ready": "boolean"}
    variables = ", ".join(f"{name}: {{type: {kind}}}" for name, kind in kinds.items())
    template = "[{{ name }}|{{ age }}|{{ tags|join }}|{{ more.deep.er }}|{% if ready %}ready{% endif %}]"
    write_prompt(template, variables=f"{{{variables}}}")
    assert render("greeting", {}).messages[1].content == "[||||]"


def test_all_wrong_variables_are_named_at_once(write_prompt: Write) -> None:
    write_prompt(
        "{{ name }}{{ age }}{{ tags|join }}",
        variables="{name: {type: text, required: true}, "
        "age: {type: integer, minimum: 1, maximum: 9}, tags: {type: list}}",
    )
    with pytest.raises(PromptVariablesInvalid) as caught:
        render("greeting", {"age": 10, "tags": "abc", "nmae": "Ada"})
    assert caught.value.details["fields"] == {
        "nmae": ["expected no such variable"],
        "name": ["expected text, found nothing"],
        "age": ["expected a number from 1 to 9, found 10"],
        "tags": ["expected list, found str"],
    }
    assert (caught.value.code, caught.value.status) == ("validation_failed", 400)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (3, "expected text, found int"),
        (True, "expected text, found bool"),
        ("x" * 4001, "expected at most 4000 characters, found 4001"),
        ("\ud800", "expected text that can be written as UTF-8, found a lone surrogate at name"),
    ],
)
def test_value_that_does_not_fit_is_refused(value: Any, complaint: str, write_prompt: Write) -> None:
    write_prompt()
    with pytest.raises(PromptVariablesInvalid) as caught:
        render("greeting", {"name": value})
    assert caught.value.details["fields"] == {"name": [complaint]}


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"a": {"b": object()}}, "expected text, numbers, lists and mappings, found object at data.a.b"),
        ({"a": ["x" * 3000, "y" * 1500]}, "expected at most 4000 characters, found 4501"),
        ({"a": [[[[[[[["deep"]]]]]]]]}, "expected at most 8 levels, found more at data.a[0][0][0][0][0][0][0][0]"),
    ],
)
def test_nested_value_that_is_no_plain_data_is_refused(value: Any, complaint: str, write_prompt: Write) -> None:
    write_prompt("{{ data.a }}", variables="{data: {type: object}}")
    with pytest.raises(PromptVariablesInvalid) as caught:
        render("greeting", {"data": value})
    assert caught.value.details["fields"] == {"data": [complaint]}


def test_true_is_no_number(write_prompt: Write) -> None:
    write_prompt("{{ age }}", variables="{age: {type: integer}}")
    with pytest.raises(PromptVariablesInvalid, match="age: expected integer, found bool"):
        render("greeting", {"age": True})


def test_unknown_prompt_is_named_with_those_there_are(write_prompt: Write) -> None:
    write_prompt()
    with pytest.raises(PromptUnknown, match="expected one of greeting; found greetings"):
        render("greetings", {})


def test_broken_file_is_named_with_key_expected_and_found(write_prompt: Write) -> None:
    write_prompt(more="colour: red\n")
    with pytest.raises(PromptInvalid) as caught:
        render("greeting", {})
    assert caught.value.problems == ("greeting.yaml: colour: expected no such key, found str 'red'",)


def test_counted_list_of_the_answer_follows_its_variable(write_prompt: Write) -> None:
    write_prompt(
        "Give {{ count }}",
        variables="{count: {type: integer, required: true}}",
        more="output:\n  exact_counts: {parts: count}\n"
        "  schema: {type: object, properties: {parts: {type: array, items: {type: string}}}}\n",
    )
    rendered = render("greeting", {"count": 4})
    assert rendered.schema is not None
    assert rendered.schema["properties"]["parts"] == {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 4,
        "maxItems": 4,
    }
    again = render("greeting", {"count": 5})
    assert again.schema is not None
    assert again.schema["properties"]["parts"]["minItems"] == 5


def test_shared_rules_are_put_in_as_text(write_prompt: Write, prompts_dir: Path) -> None:
    (prompts_dir / "shared" / "rules.yaml").write_text("description: d\nrules: {brevity: 'Be {{ brief }}.'}\n")
    write_prompt("{{ rules.brevity }} {{ name }}")
    assert render("greeting", {"name": "Ada"}).messages[1].content == "Be {{ brief }}. Ada"


def test_prompt_past_its_bounds_is_refused(write_prompt: Write) -> None:
    write_prompt(
        "{% for a in range(1000) %}{% for b in range(1000) %}{{ name }}{% endfor %}{% endfor %}",
    )
    with pytest.raises(PromptTooLarge):
        render("greeting", {"name": "x"})


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("# Title\n\nText\n\n## Sources\n\nOne", []),
        ("Text without heading\n\n## Sources", ["expected a heading on the first line, found 'Text without heading"]),
        ("# Title", ["expected a section headed 'Sources', found none"]),
        ("# T\n## sources\n" + "x" * 200, ["expected at most 200 characters, found"]),
    ],
)
def test_answer_is_held_against_the_prompts_validation(text: str, problems: list[str], write_prompt: Write) -> None:
    write_prompt(more="validation: {max_chars: 200, starts_with_heading: true, required_sections: [Sources]}\n")
    found = render("greeting", {}).problems_of(text)
    assert len(found) == len(problems)
    assert all(line.startswith(start) for line, start in zip(found, problems, strict=True))
