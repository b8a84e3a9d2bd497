import pytest

from benchmarks.report import Figure, Goal, median_figure, percentile, table
from benchmarks.side_by_side import ratios


@pytest.mark.parametrize(("percent", "expected"), [(50, 2), (75, 3), (76, 4), (99, 4), (100, 4), (1, 1)])
def test_percentile_is_the_nearest_rank(percent: float, expected: int) -> None:
    assert percentile([4, 1, 3, 2], percent) == expected


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 0), ([1], 101)])
def test_percentile_of_nothing_or_outside_its_range_is_refused(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="expected values and a percentage"):
        percentile(values, percent)


def test_median_figure_keeps_the_least_and_the_most() -> None:
    figure = median_figure("time", [3.0, 1.0, 2.0], "ms")
    assert (figure.value, figure.spread) == (2.0, (1.0, 3.0))


def test_median_figure_without_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="found none"):
        median_figure("time", [])


def test_ratios_compare_within_each_round() -> None:
    assert ratios([1.0, 9.0], [2.0, 3.0]) == [0.5, 3.0]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(("value", "reached"), [(1.2, "yes"), (1.21, "no")])
def test_table_says_whether_a_goal_is_reached(value: float, reached: str) -> None:
    last = table([Figure("CPU", value, "x", Goal(1.2))]).splitlines()[-1]
    assert [cell.strip() for cell in last.strip("|").split("|")] == ["CPU", f"{value:.2f} x", "", "<= 1.20 x", reached]


def test_table_leaves_goal_and_answer_open_where_there_is_none() -> None:
    last = table([Figure("p50", 1234.5, "us", spread=(0, 0.012345))]).splitlines()[-1]
    assert [cell.strip() for cell in last.strip("|").split("|")] == ["p50", "1234 us", "0 to 0.0123", "", ""]
