"""Templates that can only arrange the values they are given, within bounds of output, iterations and time.

The language is a small part of Jinja: output, `if`, `for`, comparisons, a few filters and tests, and `range`. What
is not listed here is refused when the template is read. Values are data: template syntax inside them is never
evaluated.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import pass_context

OUTPUT_MAX_CHARS = 1_000_000
ITERATIONS_MAX = 20_000
RANGE_MAX = 1_000
TIME_MAX_SECONDS = 2.0
BUDGET = " budget"  # no identifier: a template can't name it
LOOP_ATTRIBUTES = frozenset({"first", "index", "index0", "last", "length"})

# Node types of the language. No assignment, macro, include or import; no arithmetic but plus and minus.
ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Name, nodes.Const),
    *(nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Call),
    *(
        nodes.Compare,
        nodes.Operand,
        nodes.And,
        nodes.Or,
        nodes.Not,
        nodes.CondExpr,
        nodes.Add,
        nodes.Sub,
        nodes.Keyword,
    ),
)


class TemplateRefused(ValueError):
    """A template that is not of the language, or an expression that is not allowed; `line` counts from 1, 0 unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        """Keep the line beside the sentence."""
        super().__init__(message)
        self.line = line


class BoundExceeded(ValueError):
    """Rendering went past a bound."""


@dataclass(slots=True)
class _Budget:
    """What one rendering has left."""

    iterations: int = ITERATIONS_MAX
    chars: int = OUTPUT_MAX_CHARS
    deadline: float = field(default_factory=lambda: time.monotonic() + TIME_MAX_SECONDS)

    def step(self) -> None:
        self.iterations -= 1
        if self.iterations < 0:
            raise BoundExceeded(f"expected at most {ITERATIONS_MAX} loop iterations")
        if time.monotonic() > self.deadline:
            raise BoundExceeded(f"expected to end within {TIME_MAX_SECONDS:g} seconds")

    def take(self, chars: int) -> None:
        self.chars -= chars
        if self.chars < 0:
            raise BoundExceeded(f"expected at most {OUTPUT_MAX_CHARS} characters of output")


class CompiledTemplate:
    """A template of the language, checked and compiled. `names` are the variables it uses, `rules` the shared texts."""

    def __init__(self, source: str) -> None:
        """Check and compile; raises `TemplateRefused`."""
        try:
            tree = _ENVIRONMENT.parse(source)
            _check(tree)
            self.rules = frozenset(
                node.attr
                for node in tree.find_all(nodes.Getattr)
                if isinstance(node.node, nodes.Name) and node.node.name == "rules"
            )
            self.names = frozenset(_free_names(tree))
            _count_loops(tree)
            code = _ENVIRONMENT.compile(tree)
        except TemplateError as error:
            raise TemplateRefused(str(error.message), getattr(error, "lineno", 0) or 0) from error
        except (RecursionError, OverflowError) as error:
            raise TemplateRefused("the template is nested too deeply") from error
        self._template = _ENVIRONMENT.template_class.from_code(_ENVIRONMENT, code, dict(_ENVIRONMENT.globals))

    def render(self, values: Mapping[str, Any]) -> str:
        """The text; raises `BoundExceeded` or `TemplateRefused`."""
        budget = _Budget()
        pieces: list[str] = []
        try:
            for piece in self._template.generate({**values, BUDGET: budget}):
                budget.take(len(piece))
                pieces.append(piece)
        except (SecurityError, TemplateError) as error:
            raise TemplateRefused(str(error)) from error
        except (TypeError, ArithmeticError, LookupError) as error:
            raise TemplateRefused(f"{type(error).__name__}: {error}") from error
        return "".join(pieces)


class _DataEnvironment(SandboxedEnvironment):
    """Attributes and items of data only; nothing can be called but `range`."""

    intercepted_binops = frozenset({"+", "-"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a mapping, "" when it is missing; `loop.index` and its like; nothing of any other object."""
        if isinstance(obj, Mapping):
            return obj.get(attribute, "")
        if isinstance(obj, LoopContext) and attribute in LOOP_ATTRIBUTES:
            return getattr(obj, attribute)
        if obj == "":
            return ""
        raise SecurityError(f"expected a mapping before .{attribute}, found {type(obj).__name__}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a mapping or a list, "" when it is missing."""
        if isinstance(obj, Mapping):
            return obj.get(argument, "")
        if isinstance(obj, list | tuple) and type(argument) is int:
            return obj[argument] if -len(obj) <= argument < len(obj) else ""
        raise SecurityError(f"expected a mapping or a list before [...], found {type(obj).__name__}")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Plus and minus of whole numbers."""
        if type(left) is not int or type(right) is not int:
            found = f"{type(left).__name__} {operator} {type(right).__name__}"
            raise SecurityError(f"expected whole numbers, found {found}")
        return left + right if operator == "+" else left - right

    def is_safe_callable(self, obj: Any) -> bool:
        """Only our own `range`."""
        return obj is bounded_range


def bounded_range(*bounds: int) -> range:
    """`range` of at most `RANGE_MAX` numbers."""
    if not all(type(bound) is int for bound in bounds):
        raise SecurityError("range: expected whole numbers")
    numbers = range(*bounds)
    if len(numbers) > RANGE_MAX:
        raise BoundExceeded(f"range: expected at most {RANGE_MAX} numbers, found {len(numbers)}")
    return numbers


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """The items of a loop, each taken from the budget."""
    if not isinstance(items, list | tuple | range):
        raise SecurityError(f"expected a list to loop over, found {type(items).__name__}")
    budget: _Budget = context[BUDGET]
    for item in items:
        budget.step()
        yield item


@pass_context
def _joined(context: Context, items: Any, separator: str = ", ") -> str:
    """Texts of a list, separated; its length is taken from the budget before it is built."""
    if not isinstance(items, list | tuple) or not isinstance(separator, str):
        raise SecurityError(f"join: expected a list of texts, found {type(items).__name__}")
    texts = [_shown(item) for item in items]
    length = sum(map(len, texts)) + len(separator) * len(texts)
    budget: _Budget = context[BUDGET]
    budget.take(length)
    budget.chars += length  # what is put out is taken again, once
    return separator.join(texts)


def _shown(value: Any) -> str:
    """Text as it is; numbers in digits; nothing as nothing. Lists and mappings have no text of their own."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, StrictUndefined):
        return str(value)
    raise SecurityError(f"expected text or a number to write, found {type(value).__name__}")


def _text_filter(apply: Callable[[str], str], value: Any) -> str:
    return apply(_shown(value))


def _length(value: Any) -> int:
    if not isinstance(value, str | list | tuple | Mapping):
        raise SecurityError(f"length: expected text or a list, found {type(value).__name__}")
    return len(value)


def _end_of(position: int, items: Any) -> Any:
    if not isinstance(items, list | tuple):
        raise SecurityError(f"first, last: expected a list, found {type(items).__name__}")
    return items[position] if items else ""


def _pairs(value: Any) -> list[dict[str, Any]]:
    """A mapping as a list of `key` and `value`, for loops."""
    if not isinstance(value, Mapping):
        raise SecurityError(f"pairs: expected a mapping, found {type(value).__name__}")
    return [{"key": key, "value": entry} for key, entry in value.items()]


def _default(value: Any, fallback: Any = "") -> Any:
    return fallback if value in (None, "", [], {}) else value


def _environment() -> Environment:
    environment = _DataEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, finalize=_shown, cache_size=0
    )
    environment.globals = {"range": bounded_range}
    environment.filters = {
        "counted": _counted,
        "default": _default,
        "first": partial(_end_of, 0),
        "join": _joined,
        "last": partial(_end_of, -1),
        "length": _length,
        "lower": partial(_text_filter, str.lower),
        "pairs": _pairs,
        "trim": partial(_text_filter, str.strip),
        "upper": partial(_text_filter, str.upper),
    }
    kept = ("defined", "undefined", "none", "string", "number", "mapping", "odd", "even")
    environment.tests = {name: environment.tests[name] for name in kept}
    return environment


def _check(tree: nodes.Template) -> None:
    """Refuse every node that is not of the language."""
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ALLOWED_NODES):
            raise TemplateRefused(f"{type(node).__name__} is not part of the template language", node.lineno)
        if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
            raise TemplateRefused("only range can be called", node.lineno)
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateRefused("a recursive loop is not part of the template language", node.lineno)
        waiting += node.iter_child_nodes()


def _free_names(tree: nodes.Template) -> set[str]:
    """Names that are read without being a loop's own."""
    loaded = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    bound = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
    return loaded - bound - {"loop", "range"}


def _count_loops(tree: nodes.Template) -> None:
    """Send what every loop goes over through the counter."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)


_ENVIRONMENT = _environment()
