"""What a template may not do, and the bounds of what it may."""

import time
import tracemalloc
from typing import Any

import pytest

from generation.prompts.sandbox import BoundExceeded, CompiledTemplate, TemplateRefused

REFUSED_WHEN_READ = [
    "{{ 'a' * 400000000 }}",
    "{{ 2 ** 100000 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ 'a' % 1 }}",
    "{{ x[0:10] }}",
    "{% set x = 1 %}",
    "{% macro m() %}{% endmacro %}",
    "{% include 'other' %}",
    "{% import 'other' as o %}",
    "{% extends 'other' %}",
    "{% block b %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{{ x.upper() }}",
    "{{ x() }}",
    "{{ ''.join(x) }}",
    "{{ x|attr('__class__') }}",
    "{{ x|map('upper')|join }}",
    "{{ x|format('y') }}",
    "{{ x|center(1000000000) }}",
    "{{ x|tojson }}",
    "{{ x is callable }}",
    "{% for a in x recursive %}{{ loop(a) }}{% endfor %}",
    "{{ cycler('a') }}",
    "{{ lipsum(n=1000) }}",
    "{{ namespace(a=1) }}",
    "{{ unclosed",
    "{{ " + "(" * 5000 + "x" + ")" * 5000 + " }}",
]

REFUSED_WHEN_FILLED = [
    ("{{ x.__class__ }}", "text"),
    ("{{ x.upper }}", "text"),
    ("{{ x.y }}", 3),
    ("{{ x['__class__'] }}", "text"),
    ("{{ x + 'b' }}", "a"),
    ("{{ x + x }}", [1]),
    ("{{ x }}", ["a list"]),
    ("{{ x }}", {"a": "mapping"}),
    ("{% for a in x %}{% endfor %}", "text"),
    ("{% for a in x %}{% endfor %}", {"a": 1}),
    ("{{ loop.first }}", 1),
    ("{% for a in [1] %}{{ loop.__init__ }}{% endfor %}", 1),
    ("{% for a in [1] %}{{ loop._iterable }}{% endfor %}", 1),
    ("{% for a in [1] %}{{ loop.depth }}{% endfor %}", 1),
    ("{{ x|join }}", "text"),
    ("{{ missing }}", 1),
    ("{{ x < 'a' }}", 1),
    ("{{ range('a') }}", 1),
    ("{{ x.items }}", "text"),
]


@pytest.mark.parametrize("source", REFUSED_WHEN_READ)
def test_template_outside_the_language_is_refused_when_read(source: str) -> None:
    with pytest.raises(TemplateRefused):
        CompiledTemplate(source)


@pytest.mark.parametrize(("source", "value"), REFUSED_WHEN_FILLED)
def test_expression_that_reaches_beyond_data_is_refused_when_filled(source: str, value: Any) -> None:
    template = CompiledTemplate(source)
    with pytest.raises(TemplateRefused):
        template.render({"x": value})


@pytest.mark.parametrize(
    ("source", "values", "text"),
    [
        ("{{ x.y.z }}", {"x": {"y": {"z": "deep"}}}, "deep"),
        ("[{{ x.missing.too }}]", {"x": {}}, "[]"),
        ("{{ x['y'] }}{{ l[0] }}{{ l[9] }}", {"x": {"y": 1}, "l": ["a"]}, "1a"),
        (
            "{% for a in x %}{{ loop.index }}{{ a }}{% if not loop.last %},{% endif %}{% endfor %}",
            {"x": ["a", "b"]},
            "1a,2b",
        ),
        ("{% for a in x %}{{ loop.length }}{% endfor %}", {"x": ["a", "b"]}, "22"),
        ("{% for p in x|pairs %}{{ p.key }}={{ p.value }};{% endfor %}", {"x": {"a": 1, "b": "c"}}, "a=1;b=c;"),
        ("{{ n + 1 }} {{ n - 1 }}", {"n": 2}, "3 1"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", {}, "012"),
        ("{{ x|join('; ') }}|{{ x|first }}|{{ x|last }}|{{ x|length }}", {"x": ["a", "b"]}, "a; b|a|b|2"),
        ("{{ x|default('none') }}|{{ y|default('none') }}", {"x": "", "y": "y"}, "none|y"),
        ("{{ x|upper|lower|trim }}", {"x": " Éa "}, "éa"),
        ("{% if x and y or not z %}yes{% else %}no{% endif %}", {"x": 1, "y": 0, "z": 1}, "no"),
        ("{{ 'a' if x > 1 else 'b' }}", {"x": 2}, "a"),
        ("{% if 'a' in x %}in{% endif %}", {"x": ["a"]}, "in"),
        ("{# comment #}{{ x }}", {"x": None}, ""),
        ("{{ x.items }}", {"x": {"items": "a key, not a method"}}, "a key, not a method"),
    ],
)
def test_language_arranges_data(source: str, values: dict[str, Any], text: str) -> None:
    assert CompiledTemplate(source).render(values) == text


@pytest.mark.parametrize(
    ("source", "values", "bound"),
    [
        ("{% for i in range(1001) %}{% endfor %}", {}, "1000 numbers"),
        ("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", {}, "20000 loop iterations"),
        ("{% for a in x %}{{ y }}{% endfor %}", {"x": list(range(1000)), "y": "z" * 10_000}, "1000000 characters"),
        ("{{ x|join(y) }}", {"x": list(range(1000)), "y": "z" * 400_000}, "1000000 characters"),
    ],
    ids=["range", "loops", "output", "one join"],
)
def test_bounds_hold_in_time_and_memory(source: str, values: dict[str, Any], bound: str) -> None:
    template = CompiledTemplate(source)
    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.raises(BoundExceeded, match=bound):
            template.render(values)
        _current, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.monotonic() - started < 4
    assert peak_bytes < 64 * 1024 * 1024


def test_work_without_output_ends_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.prompts.sandbox.TIME_MAX_SECONDS", 0.1)
    source = "{% for a in range(20) %}{% for b in range(900) %}{% if x|join(y) %}{% endif %}{% endfor %}{% endfor %}"
    template = CompiledTemplate(source)
    started = time.monotonic()
    with pytest.raises(BoundExceeded, match=r"within 0\.1 seconds"):
        template.render({"x": ["a"] * 300, "y": "z" * 3_000})
    assert time.monotonic() - started < 1.5


def test_free_names_are_those_the_values_have_to_bring() -> None:
    template = CompiledTemplate(
        "{% for a in items %}{{ a }}{{ loop.index }}{{ rules.tone }}{{ range(1)|length }}{% endfor %}"
    )
    assert template.names == {"items", "rules"}
    assert template.rules == {"tone"}
