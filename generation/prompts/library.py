"""The prompts of a directory: read once, compiled on first use, read again after a change while DEBUG is on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

from django.conf import settings

from generation.exceptions import PromptInvalid, PromptUnknown

from .format import Problem, PromptFile, RulesFile, SourceInvalid, read_source
from .sandbox import CompiledTemplate, TemplateRefused

RULES_FILE = "shared/rules.yaml"

Signature = tuple[tuple[str, int, int], ...]


@dataclass
class Prompt:
    """A prompt file with its templates, compiled when first asked for."""

    file: PromptFile
    rules: Mapping[str, str]

    @cached_property
    def system(self) -> CompiledTemplate:
        """The system template; raises `PromptInvalid`."""
        return self._compiled("system")

    @cached_property
    def user(self) -> CompiledTemplate:
        """The user template; raises `PromptInvalid`."""
        return self._compiled("user")

    def _compiled(self, key: str) -> CompiledTemplate:
        try:
            return CompiledTemplate(getattr(self.file, key))
        except TemplateRefused as error:
            problem = template_problem(self.file.name, key, error)
            raise PromptInvalid(str(problem), prompt=self.file.name, problems=(str(problem),)) from error


@dataclass(frozen=True)
class Library:
    """What a directory held when it was read. A broken file does not hide the others."""

    signature: Signature
    prompts: Mapping[str, Prompt]
    problems: Mapping[str, tuple[Problem, ...]]

    def get(self, name: str) -> Prompt:
        """The prompt of that name; raises `PromptUnknown`, or `PromptInvalid` with the problems of its file."""
        if name in self.prompts:
            return self.prompts[name]
        problems = (*self.problems.get(name, ()), *self.problems.get(RULES_FILE, ()))
        if problems:
            lines = tuple(str(problem) for problem in problems)
            raise PromptInvalid("; ".join(lines), prompt=name, problems=lines)
        known = ", ".join(sorted(self.prompts))
        raise PromptUnknown(f"prompt: expected one of {known}; found {name}", prompt=name)


def library() -> Library:
    """The prompts of `settings.PROMPTS_DIR`."""
    directory = Path(settings.PROMPTS_DIR)
    held = _held.get(directory)
    if held is not None and (not settings.DEBUG or held.signature == _signature(directory)):
        return held
    with _lock:
        _held[directory] = fresh = read_library(directory)
    return fresh


def read_library(directory: Path) -> Library:
    """Read every prompt file of the directory; problems are kept by the name of the file."""
    signature = _signature(directory)
    problems: dict[str, tuple[Problem, ...]] = {}
    try:
        rules = dict(read_source(directory / RULES_FILE, RulesFile).rules)
    except SourceInvalid as error:
        rules, problems[RULES_FILE] = {}, tuple(error.problems)
    prompts: dict[str, Prompt] = {}
    for path in sorted(directory.glob("*.yaml")):
        try:
            file = read_source(path, PromptFile)
        except SourceInvalid as error:
            problems[path.stem] = tuple(error.problems)
            continue
        if file.name != path.stem:
            problems[path.stem] = (Problem(path.name, "name", path.stem, file.name),)
        elif RULES_FILE not in problems:
            prompts[file.name] = Prompt(file, rules)
    return Library(signature, prompts, problems)


def template_problem(name: str, key: str, error: TemplateRefused) -> Problem:
    """A refused template as a problem; the line is that of the template, not of the file."""
    place = f"{key}, line {error.line}" if error.line else key
    return Problem(f"{name}.yaml", place, "the template language", str(error))


_held: dict[Path, Library] = {}
_lock = Lock()


def _signature(directory: Path) -> Signature:
    """Name, time of change and size of every file, to notice a change."""
    paths = sorted([*directory.glob("*.yaml"), *directory.glob("shared/*.yaml")])
    return tuple((str(path), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in paths)
