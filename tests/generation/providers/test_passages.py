"""Which paragraphs of the notes belong to a query."""

import pytest

from generation.providers.scaffold.material import Note
from generation.providers.scaffold.passages import PassageIndex, excerpt, terms

HARBOUR = "The harbour master keeps the tide tables in a locked drawer and lends them to nobody at all."
BAKERY = "The bakery opens at four in the morning, and its chimney is the first smoke over the town."
TIDES = "At spring tides the harbour dries out, and boats lie on their sides until the evening flood."


def index_of(*paragraphs: str) -> PassageIndex:
    """An index over one note."""
    return PassageIndex([Note("Town", "a book", "\n\n".join(paragraphs))])


def test_best_passage_shares_the_rare_words() -> None:
    found = index_of(BAKERY, HARBOUR, TIDES).best("spring tides in the harbour", limit=2)
    assert [passage.text for passage in found] == [TIDES, HARBOUR]


def test_one_common_word_is_not_enough() -> None:
    assert index_of(BAKERY, HARBOUR).best("a chimney sweep in love", limit=5) == []


def test_excluded_passages_are_left_out() -> None:
    index = index_of(HARBOUR, TIDES)
    first = index.best("harbour tides", limit=1)[0]
    assert index.best("harbour tides", limit=1, exclude={first.order})[0].text != first.text


def test_equal_passages_come_in_the_order_of_the_notes() -> None:
    found = index_of(HARBOUR, HARBOUR).best("harbour master tide", limit=2)
    assert [passage.order for passage in found] == [0, 1]


@pytest.mark.parametrize(("query", "text"), [("ÉTÉ marées", "ete maree"), ("The Tides", "tide"), ("cities", "city")])
def test_accents_case_and_plurals_are_folded(query: str, text: str) -> None:
    assert terms(query) == text.split()


def test_list_items_are_passages_of_their_own_without_their_marks() -> None:
    body = (
        "Intro that is far too short\n\n- " + HARBOUR + "\n- " + TIDES + "\n\n> " + BAKERY[:50] + "\n> " + BAKERY[50:]
    )
    texts = [passage.text for passage in PassageIndex([Note("", "", body)]).passages]
    assert texts[:2] == [HARBOUR, TIDES]
    assert texts[2].replace("  ", " ").startswith("The bakery opens")


def test_headings_are_no_passages() -> None:
    heading = "# A heading that is quite long enough to be mistaken for a paragraph of the note"
    assert PassageIndex([Note("", "", heading)]).passages == ()


def test_excerpt_ends_with_a_sentence_and_marks_the_cut() -> None:
    text = "Dr. Livesey came in. He was wet. " + "He said nothing about it for a long while. " * 20
    assert excerpt(text, limit_chars=60) == "Dr. Livesey came in. He was wet. […]"
    assert excerpt("Short.", limit_chars=60) == "Short."
    assert excerpt("word " * 100, limit_chars=20) == "word word word word […]"


def test_index_of_nothing_finds_nothing() -> None:
    assert PassageIndex([]).best("anything at all", limit=3) == []


def test_notes_beyond_the_bound_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.providers.scaffold.passages.INDEXED_MAX_CHARS", len(HARBOUR))
    index = PassageIndex([Note("", "", HARBOUR), Note("", "", TIDES)])
    assert [passage.text for passage in index.passages] == [HARBOUR]
