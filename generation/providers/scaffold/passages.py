"""Which paragraphs of the notes belong to a beat: BM25 over the paragraphs, nothing more.

It compares words, not meanings: accents and case are folded, plurals in s become singulars, and the commonest English
and French words count for nothing. Ties go to the earlier paragraph, so the result depends on the input alone.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from .material import Note

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009): the usual k1 and b.
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
TITLE_WEIGHT = 0.5  # a word found only in the note's title counts half
SHARED_TERMS_MIN = 2
MINIMUM_PARAGRAPH_CHARS = 60
EXCERPT_MAX_CHARS = 520
INDEXED_MAX_CHARS = 5_000_000  # of all notes together, to bound time and memory; what comes after is not looked at

STOPWORDS_PATH = Path(__file__).parent / "phrases" / "stopwords.txt"

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_LIST_ITEM = re.compile(r"^\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s+")
_QUOTE_MARK = re.compile(r"^\s*(?:>\s*)+")
# A full stop, with or without a closing quote after it, but not that of the commonest titles.
_SENTENCE_END = re.compile(
    r"(?:(?<=[.!?…])|(?<=[.!?…][\"'\u201d\u2019\u00bb)]))(?<!\bMr\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bM\.)(?<!\bp\.)\s+"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of a note. `order` is its place over all notes, from 0."""

    note_title: str
    source: str
    text: str
    order: int


class PassageIndex:
    """The paragraphs of some notes, ready to be asked many times."""

    def __init__(self, notes: Iterable[Note]) -> None:
        """Split and count once; a query then costs only its own words."""
        self.passages = tuple(_split(notes))
        self._counts = [_weights(passage) for passage in self.passages]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean_length = (sum(self._lengths) / len(self._lengths)) if self._lengths else 1.0
        self._postings: dict[str, list[int]] = {}
        for order, counts in enumerate(self._counts):
            for term in counts:
                self._postings.setdefault(term, []).append(order)

    def best(self, query: str, *, limit: int, exclude: AbstractSet[int] = frozenset()) -> list[Passage]:
        """Up to `limit` passages, best first, without those whose order is excluded.

        A passage counts when it shares at least `SHARED_TERMS_MIN` different words with the query: one word in common
        is too often a coincidence, and a quote that does not belong is worse than none.
        """
        scores: dict[int, float] = {}
        shared: Counter[int] = Counter()
        for term in sorted(set(terms(query))):
            postings = self._postings.get(term, [])
            rarity = math.log(1 + (len(self.passages) - len(postings) + 0.5) / (len(postings) + 0.5))
            for order in postings:
                if order not in exclude:
                    scores[order] = scores.get(order, 0.0) + rarity * self._saturated(order, term)
                    shared[order] += 1
        enough = [order for order in scores if shared[order] >= SHARED_TERMS_MIN]
        ranked = sorted(enough, key=lambda order: (-scores[order], order))
        return [self.passages[order] for order in ranked[:limit]]

    def _saturated(self, order: int, term: str) -> float:
        count = self._counts[order][term]
        norm = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * self._lengths[order] / self._mean_length
        return count * (SATURATION + 1) / (count + SATURATION * norm)


def terms(text: str) -> list[str]:
    """The words of a text that carry meaning, folded to a common form."""
    return [folded for word in _WORD.findall(text) if (folded := _folded(word)) and folded not in _stopwords()]


def excerpt(text: str, *, limit_chars: int = EXCERPT_MAX_CHARS) -> str:
    """The first whole sentences of a passage within the limit; a cut is marked by `[…]`."""
    if len(text) <= limit_chars:
        return text
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        if len(kept) + len(sentence) + 1 > limit_chars:
            break
        kept = f"{kept} {sentence}".strip()
    return f"{kept or text[:limit_chars].rsplit(' ', 1)[0]} […]"


def first_sentence(text: str, *, limit_chars: int = 200) -> str:
    """The first sentence of a passage, cut at a word when it is longer than the limit."""
    sentence = _SENTENCE_END.split(text, maxsplit=1)[0]
    return sentence if len(sentence) <= limit_chars else sentence[:limit_chars].rsplit(" ", 1)[0] + " […]"


@cache
def _stopwords() -> frozenset[str]:
    return frozenset(STOPWORDS_PATH.read_text(encoding="utf-8").split())


@lru_cache(maxsize=50_000)
def _folded(word: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))
    if len(plain) > 4 and plain.endswith("ies"):
        return plain[:-3] + "y"
    return plain[:-1] if len(plain) > 3 and plain.endswith("s") and not plain.endswith("ss") else plain


def _weights(passage: Passage) -> dict[str, float]:
    counts: dict[str, float] = dict(Counter(terms(passage.text)))
    for term in terms(passage.note_title):
        counts.setdefault(term, TITLE_WEIGHT)
    return counts


def _split(notes: Iterable[Note]) -> list[Passage]:
    found: list[Passage] = []
    left_chars = INDEXED_MAX_CHARS
    for note in notes:
        body = note.body[:left_chars]
        left_chars -= len(body)
        for text in _paragraphs(body):
            if len(text) >= MINIMUM_PARAGRAPH_CHARS:
                found.append(Passage(note.title, note.source, text, len(found)))
    return found


def _paragraphs(body: str) -> Iterator[str]:
    """Paragraphs and list items of Markdown as single lines; headings are left out."""
    gathered: list[str] = []
    for row in [*body.splitlines(), ""]:
        starts_anew = not row.strip() or row.lstrip().startswith("#") or _LIST_ITEM.match(row)
        if starts_anew and gathered:
            yield " ".join(" ".join(gathered).split())
            gathered = []
        if row.strip() and not row.lstrip().startswith("#"):
            gathered.append(_QUOTE_MARK.sub("", _LIST_ITEM.sub("", row)))
