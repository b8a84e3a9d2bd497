"""The page of one chapter or section: headings per beat, what happens, questions, and passages of the notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from .material import Material, PlannedChapter
from .outline import THEME_STAGE, Scene, chapter_count, scene
from .passages import Passage, PassageIndex, excerpt
from .phrases import BeatPhrases, Phrases, filled
from .plan import chapter_facts

QUESTIONS_PER_BEAT = 2
PASSAGES_PER_BEAT = 1
STATEMENTS_PER_BEAT = 2
CHAPTERS_DEALT_MAX = 200  # chapters that share out the notes; a longer book deals to these and the one at hand


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat of the page; `pool` is its kind when the text is one of ours, None when somebody else wrote it."""

    text: str
    pool: BeatPhrases | None
    passages: tuple[Passage, ...]


def page_of(material: Material, phrases: Phrases) -> list[str]:
    """The page as Markdown blocks, in order; joined by blank lines they are the document."""
    made = scene(material, phrases, material.chapter_number, material.chapter)
    beats = _beats(material, phrases, made)
    blocks = [f"> {phrases.notice}", *_head(material, phrases, made)]
    facts = chapter_facts(phrases, made) if not material.is_article else []
    for index, beat in enumerate(beats):
        blocks += _beat_blocks(material, phrases, made, beat, index, facts[index :: len(beats)][:1])
    return [*blocks, *_surroundings(material, phrases, made)]


def _head(material: Material, phrases: Phrases, made: Scene) -> list[str]:
    labels, chapter = phrases.labels, made.chapter
    heading = labels["article_heading" if material.is_article else "novel_heading"]
    blocks = [heading.format(number=made.number, title=chapter.title)]
    facts = []
    if not material.is_article:
        company = [name for name in chapter.characters if name != chapter.point_of_view]
        named = [("point_of_view", chapter.point_of_view), ("place", chapter.place), ("people", ", ".join(company))]
        facts = [f"**{labels[key]}{phrases.colon}** {value}" for key, value in named if value]
    if material.target_words:
        facts.append(labels["words"].format(words=f"{material.target_words:,}".replace(",", phrases.thousands)))
    blocks += [" · ".join(facts)] if facts else []
    aim = "angle" if material.is_article else "purpose"
    purpose = made.position.stage.purpose
    stated = chapter.summary if purpose in chapter.summary else f"{purpose} {chapter.summary}".strip()
    blocks.append(f"**{labels[aim]}.** {stated}")
    if material.style:
        style = "; ".join(_style_entry(phrases, key, text) for key, text in material.style)
        blocks.append(f"**{labels['style']}.** {style}.")
    if material.instructions:
        blocks.append(f"**{labels['instructions']}.** {material.instructions}")
    return blocks


def _style_entry(phrases: Phrases, key: str, text: str) -> str:
    label = phrases.style_keys.get(key, key.replace("_", " "))
    return f"{label}{phrases.colon} {text.rstrip(' .')}" if label else text.rstrip(" .")


def _beat_blocks(
    material: Material, phrases: Phrases, made: Scene, beat: Beat, index: int, facts: Sequence[str]
) -> list[str]:
    labels = phrases.labels
    mark = "###" if material.is_article else "##"
    label = labels["says" if material.is_article else "happens"]
    direction, asks = _wording(material, phrases, made, beat, index)
    sentences = [direction, *facts] if beat.pool else [*facts, direction]
    blocks = [f"{mark} {index + 1}. {beat.text}", f"**{label}.** {' '.join(sentences)}"]
    blocks.append(f"**{labels['questions']}**\n\n" + "\n".join(f"- {question}" for question in asks))
    return [*blocks, *_quoted(material, phrases, beat.passages)]


def _wording(material: Material, phrases: Phrases, made: Scene, beat: Beat, index: int) -> tuple[str, list[str]]:
    """Direction and questions: the beat's own when it is one of ours, else general ones that take turns."""
    if beat.pool is not None:
        direction, asks = beat.pool.direction, list(beat.pool.asks)
    else:
        pool = phrases.article_own_beats if material.is_article else phrases.own_beats
        start = made.number - 1 + index
        direction = pool.directions[start % len(pool.directions)]
        first = start * QUESTIONS_PER_BEAT
        asks = [pool.asks[(first + step) % len(pool.asks)] for step in range(QUESTIONS_PER_BEAT)]
    return filled(direction, made.slots) or "", [text for ask in asks if (text := filled(ask, made.slots))]


def _quoted(material: Material, phrases: Phrases, passages: Sequence[Passage]) -> list[str]:
    labels = phrases.labels
    if material.is_article:
        rows = "\n".join(f"- {excerpt(one.text)} ({_origin(phrases, one)})" for one in passages)
        return [f"**{labels['statements']}**\n\n{rows or labels['no_statements']}"]
    if not passages:
        return []
    quotes = (f"> {excerpt(one.text)}\n>\n> — {_origin(phrases, one)}" for one in passages)
    return [f"**{labels['notes']}**", *quotes]


def _origin(phrases: Phrases, passage: Passage) -> str:
    """Where a passage comes from. A statement that ends with its own source in brackets needs only the note's name."""
    title = f"*{passage.note_title}*" if passage.note_title else ""
    own_source = passage.text.endswith(")") and bool(title)
    source = phrases.labels["source"].format(source=passage.source) if passage.source and not own_source else ""
    return ", ".join(part for part in (title, source) if part) or phrases.labels["notes"]


def _surroundings(material: Material, phrases: Phrases, made: Scene) -> list[str]:
    """The promise of the whole and the neighbours in the plan."""
    labels = phrases.labels
    rows = []
    if material.premise:
        rows.append(labels["article_premise" if material.is_article else "premise"].format(premise=material.premise))
    for label, number in (("before", made.number - 1), ("after", made.number + 1)):
        if 1 <= number <= len(material.planned) and material.planned[number - 1].title:
            planned = material.planned[number - 1]
            rows.append(labels[label].format(title=planned.title, summary=planned.summary).rstrip())
    mark = "###" if material.is_article else "##"
    return [f"{mark} {labels['joined']}", "\n".join(f"- {row}" for row in rows)] if rows else []


def _beats(material: Material, phrases: Phrases, made: Scene) -> list[Beat]:
    own = _own_beats(made)
    shared = _allotted(material, phrases, made)
    return [Beat(text, own.get(text), tuple(shared[index])) for index, text in enumerate(made.chapter.beats)]


def _own_beats(made: Scene) -> dict[str, BeatPhrases]:
    """The beats of this stage by the text they have in this chapter."""
    return {text: beat for beat in made.position.stage.beats if (text := filled(beat.title, made.slots))}


def _allotted(material: Material, phrases: Phrases, made: Scene) -> list[list[Passage]]:
    """Passages per beat of this chapter, dealt round over the whole plan: no two chapters quote the same one."""
    index = PassageIndex(material.notes)
    dealt: list[list[Passage]] = [[] for _ in made.chapter.beats]
    used: set[int] = set()
    for group in _groups(material, phrases, made):
        queries = [(one.number, _beat_queries(material, phrases, one)) for one in group]
        rounds = range(max((len(beats) for _number, beats in queries), default=0))
        takes = range(STATEMENTS_PER_BEAT if material.is_article else PASSAGES_PER_BEAT)
        for _take, place, (number, beats) in product(takes, rounds, queries):
            found = index.best(beats[place], limit=1, exclude=used) if place < len(beats) else []
            used.update(passage.order for passage in found)
            if number == made.number:
                dealt[place] += found
    return dealt


def _groups(material: Material, phrases: Phrases, made: Scene) -> list[list[Scene]]:
    """The chapters of the whole in the order of choosing: sections on a theme before those about everything."""
    scenes = []
    for number in {*range(1, min(chapter_count(material), CHAPTERS_DEALT_MAX) + 1), made.number}:
        planned = material.planned[number - 1] if number <= len(material.planned) else PlannedChapter()
        scenes.append(made if number == made.number else scene(material, phrases, number, planned))
    scenes.sort(key=lambda one: one.number)
    if not material.is_article:
        return [scenes]
    on_themes = [one for one in scenes if one.position.stage_index == THEME_STAGE]
    return [on_themes, [one for one in scenes if one not in on_themes]]


def _beat_queries(material: Material, phrases: Phrases, made: Scene) -> list[str]:
    """What to look for in the notes per beat: the brief's words, and the plan's where they are not ours."""
    own, slots, chapter = _own_beats(made), made.slots, made.chapter
    if material.is_article:
        about = slots["theme"] if made.position.stage_index == THEME_STAGE else f"{material.premise} {material.goal}"
        return [about if beat in own else f"{beat} {beat} {chapter.title} {about}" for beat in chapter.beats]
    facts = chapter_facts(phrases, made)
    about = " ".join([slots["other"], slots["place"], slots["place_description"], slots["theme"]])
    queries = []
    for index, beat in enumerate(chapter.beats):
        fact = facts[index] if index < len(facts) else ""
        words = fact if beat in own else f"{beat} {beat} {chapter.title} {chapter.summary} {fact}"
        queries.append(f"{words} {about}")
    return queries
