"""Everything wrong in the prompt files is found before a model is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generation.prompts import Problem, check_all

Write = Callable[..., Path]


def lines() -> list[str]:
    return [str(problem) for problem in check_all()]


def test_the_products_own_prompts_have_no_problem() -> None:
    assert lines() == []


def test_directory_without_prompts_is_a_problem(prompts_dir: Path) -> None:
    assert check_all() == [Problem(str(prompts_dir), "(directory)", "at least one prompt file", "none")]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("version: 1", "version: one"), "version: expected Input should be a valid integer, found str 'one'"),
        (("version: 1", "version: 0"), "version: expected Input should be greater than 0, found int 0"),
        (("version: 1\n", ""), "version: expected a value, found nothing"),
        (("name: greeting", "name: welcome"), "name: expected greeting, found welcome"),
        (("type: text", "type: txt"), "variables.name.type: expected"),
        (("type: text", "type: text, maximal: 3"), "variables.name.maximal: expected no such key, found int 3"),
        (("{{ name }}", "{{ nmae }}"), "user: expected a declared variable, found nmae"),
        (("{{ name }}", "you"), "variables.name: expected a use in a template, found none"),
        (("{{ name }}", "{{ name }}{{ rules.tone }}"), "user: expected a rule of shared/rules.yaml, found rules.tone"),
        (("{{ name }}", "{{ name }"), "user, line 1: expected the template language, found unexpected '}'"),
        (("{{ name }}", "{% set a = 1 %}"), "user, line 1: expected the template language, found Assign is not part"),
        (("version: 1", "version: 1\nversion: 2"), "(file): expected YAML in UTF-8, found"),
        (("version: 1", "version: &v 1\ndescription: *v"), "(file): expected no aliases (*name), found one"),
        (("version: 1", "version: [1"), "(file): expected YAML in UTF-8, found"),
    ],
)
def test_problem_names_file_key_expected_and_found(change: tuple[str, str], line: str, write_prompt: Write) -> None:
    path = write_prompt()
    path.write_text(path.read_text().replace(*change))
    assert [found[: len(line) + 15] for found in lines()] == [f"greeting.yaml: {line}"[: len(line) + 15]]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("{schema: {type: strin}}", "output.schema: expected not a JSON schema"),
        ("{schema: {type: array}}", "output.schema: expected a JSON answer has to be an object"),
        ("{schema: {type: object}, exact_counts: {a: name}}", "output: expected exact_counts.a: expected a list"),
        (
            "{schema: {type: object, properties: {a: {type: array}}}, exact_counts: {a: name}}",
            "(file): expected output.exact_counts.a: expected a required integer variable, found name",
        ),
    ],
)
def test_output_that_cannot_be_checked_is_a_problem(output: str, line: str, write_prompt: Write) -> None:
    write_prompt(more=f"output: {output}\n")
    (found,) = lines()
    assert found.startswith(f"greeting.yaml: {line}")


def test_all_problems_of_all_files_are_listed(write_prompt: Write, prompts_dir: Path) -> None:
    write_prompt("{{ nmae }}")
    (prompts_dir / "broken.yaml").write_text("just text")
    (prompts_dir / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    (prompts_dir / "huge.yaml").write_text("name: " + "x" * 70_000)
    (prompts_dir / "shared" / "structured_answers.yaml").write_text("description: d\nrepair: no place for it\n")
    found = "\n".join(lines())
    for start in ("broken.yaml: (file): expected a mapping, found str", "binary.yaml: (file)", "huge.yaml: (file)"):
        assert start in found
    assert "greeting.yaml: user: expected a declared variable, found nmae" in found
    assert "shared/structured_answers.yaml: schema_in_prompt" in found
    assert "shared/structured_answers.yaml: repair" in found


def test_rules_that_cannot_be_read_are_a_problem(write_prompt: Write, prompts_dir: Path) -> None:
    write_prompt()
    (prompts_dir / "shared" / "rules.yaml").unlink()
    (found,) = lines()
    assert found.startswith("rules.yaml: (file): expected YAML in UTF-8, found")
