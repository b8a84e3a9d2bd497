"""Tables of figures with their goals, in Markdown, so that a terminal and a page show the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Goal:
    """The most that a figure may be."""

    most: float

    def reached_by(self, value: float) -> bool:
        """Whether the figure keeps it."""
        return value <= self.most


@dataclass(frozen=True)
class Figure:
    """One line of a table; `spread` is what the rounds lay between, where there were several."""

    what: str
    value: float
    unit: str = ""
    goal: Goal | None = None
    spread: tuple[float, float] | None = None


def median_figure(what: str, values: Sequence[float], unit: str = "", goal: Goal | None = None) -> Figure:
    """The median of several rounds, with the least and the most.

    Raises:
        ValueError: when there are no values.
    """
    if not values:
        raise ValueError(f"expected figures of at least one round for {what!r}, found none")
    return Figure(what, median(values), unit, goal, (min(values), max(values)))


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the smallest value that at least `percent` of all do not exceed.

    Raises:
        ValueError: without values, or outside 0 < percent <= 100.
    """
    if not values or not 0 < percent <= 100:
        raise ValueError(f"expected values and a percentage in (0, 100], found {len(values)} values and {percent}")
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def show(title: str, figures: Sequence[Figure], *notes: str) -> None:
    """Print a table with a heading, and sentences that say what was compared."""
    print(f"### {title}\n")
    print(table(figures))
    for note in notes:
        print(f"\n{note}")
    print(flush=True)


def table(figures: Sequence[Figure]) -> str:
    """The figures as an aligned Markdown table."""
    rows = [("", "median", "rounds", "goal", "reached")]
    rows += [_row(figure) for figure in figures]
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table with even columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    spread = f"{_number(figure.spread[0])} to {_number(figure.spread[1])}" if figure.spread else ""
    value = f"{_number(figure.value)} {figure.unit}".strip()
    if figure.goal is None:
        return figure.what, value, spread, "", ""
    goal = f"<= {_number(figure.goal.most)} {figure.unit}".strip()
    return figure.what, value, spread, goal, "yes" if figure.goal.reached_by(figure.value) else "no"


def _number(value: float) -> str:
    """Three significant digits, and no more decimals than that needs; whole numbers as they are."""
    if value == 0 or isinstance(value, int):
        return str(int(value))
    decimals = max(0, 2 - math.floor(math.log10(float(f"{abs(value):.3g}"))))
    return f"{value:.{decimals}f}"
