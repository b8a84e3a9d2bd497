"""Everything that can be found wrong with the prompt files without asking a model."""

from pathlib import Path

from django.conf import settings

from generation.exceptions import PromptInvalid
from generation.providers.wording import load_wording

from .format import Problem
from .library import Prompt, read_library, template_problem
from .sandbox import CompiledTemplate, TemplateRefused


def check_all(directory: Path | None = None) -> list[Problem]:
    """Every problem of every prompt file of a directory, by default `settings.PROMPTS_DIR`; empty when well."""
    place = directory or Path(settings.PROMPTS_DIR)
    read = read_library(place)
    problems = [problem for found in read.problems.values() for problem in found]
    for prompt in read.prompts.values():
        problems += _prompt_problems(prompt)
    if not read.prompts and not problems:
        problems.append(Problem(str(place), "(directory)", "at least one prompt file", "none"))
    try:
        load_wording(place)
    except PromptInvalid as error:
        problems += [Problem(error.prompt, "(file)", "its format", line) for line in error.problems]
    return problems


def _prompt_problems(prompt: Prompt) -> list[Problem]:
    """Problems of the two templates, and variables declared but never used."""
    file, source = prompt.file, f"{prompt.file.name}.yaml"
    problems: list[Problem] = []
    used: set[str] = set()
    for key in ("system", "user"):
        try:
            template = CompiledTemplate(getattr(file, key))
        except TemplateRefused as error:
            problems.append(template_problem(file.name, key, error))
            continue
        used |= template.names
        strange = sorted(template.names - {*file.variables, "rules"})
        problems += [Problem(f"{file.name}.yaml", key, "a declared variable", name) for name in strange]
        unknown = sorted(template.rules - {*prompt.rules})
        problems += [
            Problem(f"{file.name}.yaml", key, "a rule of shared/rules.yaml", f"rules.{name}") for name in unknown
        ]
    if not problems:
        idle = sorted({*file.variables} - used)
        problems += [Problem(source, f"variables.{name}", "a use in a template", "none") for name in idle]
    return problems
