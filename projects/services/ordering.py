"""Positions without gaps. The caller holds the project's row, so that nobody else gives positions out meanwhile.

Each function is one UPDATE; the unique constraints are checked at its end, not row by row.
"""

from typing import Any

from django.db.models import Case, F, Max, QuerySet, When
from django.utils.translation import gettext as _

from config.kernel.errors import ValidationFailed


def last_position(siblings: QuerySet[Any, Any]) -> int:
    """The highest position; 0 where there is none."""
    return siblings.aggregate(last=Max("order_index"))["last"] or 0


def make_room(siblings: QuerySet[Any, Any], position: int | None) -> int:
    """Free `position` (None: the one after the last) by moving what stands there and behind, and return it.

    Raises:
        ValidationFailed: when the position would leave a gap, or is below 1.
    """
    end = last_position(siblings) + 1
    if position is None or position == end:
        return end
    if not 1 <= position <= end:
        raise ValidationFailed.field(
            "order_index",
            _("Expected a position from 1 to %(end)d, found %(found)d.") % {"end": end, "found": position},
        )
    siblings.filter(order_index__gte=position).update(order_index=F("order_index") + 1)
    return position


def close_gap(siblings: QuerySet[Any, Any], position: int) -> None:
    """Move everything behind a place that became free one step forward."""
    siblings.filter(order_index__gt=position).update(order_index=F("order_index") - 1)


def move_within(siblings: QuerySet[Any, Any], *, pk: Any, start: int, end: int) -> None:
    """Move the row `pk` from position `start` to `end`, and those between one step the other way."""
    if start == end:
        return
    step = 1 if end < start else -1
    low, high = min(start, end), max(start, end)
    siblings.filter(order_index__range=(low, high)).update(
        order_index=Case(When(pk=pk, then=end), default=F("order_index") + step)
    )


def position_beside(*, anchor: int, after: bool, start: int | None) -> int:
    """Where a row lands that is put before or after the row at `anchor`.

    `start` is its present position among the same siblings; None when it comes from elsewhere. A row that leaves a
    place in front of the anchor draws the anchor one step forward.
    """
    landed = anchor + 1 if after else anchor
    return landed - 1 if start is not None and start < landed else landed
