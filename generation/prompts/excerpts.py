"""Which passages of the notes go into a prompt when not all of them fit."""

from collections.abc import Iterable, Mapping
from typing import Any

from generation.providers.scaffold.material import note_of
from generation.providers.scaffold.passages import PassageIndex, excerpt

EXCERPT_MAX_CHARS = 2_000


def relevant_notes(notes: Iterable[Mapping[str, Any]], query: str, *, max_chars: int) -> list[dict[str, str]]:
    """Passages of the notes (`title`, `source`, `body`) that belong to the query, as `title`, `source`, `text`.

    The best ones that fit `max_chars` together, in the order of the notes; all of them when they fit.
    """
    index = PassageIndex(note_of(note) for note in notes)
    ranked = index.best(query, limit=len(index.passages))
    chosen = {passage.order for passage in ranked}
    kept, left = [], max_chars
    for passage in [*ranked, *(one for one in index.passages if one.order not in chosen)]:
        text = excerpt(passage.text, limit_chars=EXCERPT_MAX_CHARS)
        size = len(text) + len(passage.note_title) + len(passage.source)
        if size <= left:
            kept.append((passage.order, {"title": passage.note_title, "source": passage.source, "text": text}))
            left -= size
    return [entry for _order, entry in sorted(kept, key=lambda one: one[0])]
