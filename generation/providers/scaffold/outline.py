"""Where a chapter or section stands in the whole, who and what is in it, and which beats it gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .material import Material, Person, PlannedChapter, clipped
from .phrases import BeatPhrases, Phrases, StagePhrases, filled

WORDS_PER_BEAT = 600
BEATS_MIN, BEATS_MAX = 3, 5
OPENING_STAGE, THEME_STAGE, COUNTERPOINT_STAGE, CLOSING_STAGE = range(4)  # of an article


@dataclass(frozen=True, slots=True)
class Position:
    """A chapter's stage and which of the stage's chapters it is (`turn` counts from 0)."""

    stage: StagePhrases
    stage_index: int
    turn: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A chapter with its gaps filled: title, beats, slots for the wordings."""

    number: int
    position: Position
    chapter: PlannedChapter
    slots: Mapping[str, str]


def chapter_count(material: Material) -> int:
    """How many chapters the whole has, as far as the request tells."""
    return max(len(material.planned), material.chapters or 0, material.chapter_number)


def novel_position(phrases: Phrases, number: int, count: int) -> Position:
    """The stage of chapter `number` of `count`: spread evenly; a single chapter is the turn of the story."""
    last = len(phrases.stages) - 1

    def stage_index(one: int) -> int:
        return round((one - 1) / (count - 1) * last) if count > 1 else last // 2

    index = stage_index(number)
    turn = sum(1 for earlier in range(1, number) if stage_index(earlier) == index)
    return Position(phrases.stages[index], index, turn)


def article_position(phrases: Phrases, number: int, count: int) -> Position:
    """The role of section `number` of `count`: opening, themes, the objection (from four sections on), closing."""
    roles = phrases.article_roles
    if number == 1:
        return Position(roles["opening"], OPENING_STAGE, 0)
    if number == count:
        return Position(roles["closing"], CLOSING_STAGE, 0)
    if count >= 4 and number == count - 1:
        return Position(roles["counterpoint"], COUNTERPOINT_STAGE, 0)
    return Position(roles["theme"], THEME_STAGE, number - 2)


def scene(material: Material, phrases: Phrases, number: int, chapter: PlannedChapter) -> Scene:
    """Chapter `number` with what its plan leaves open filled from the brief, by its position in the whole."""
    count = max(chapter_count(material), number)
    if material.is_article:
        position = article_position(phrases, number, count)
        slots = _article_slots(material, phrases, position)
    else:
        position = novel_position(phrases, number, count)
        slots = _novel_slots(material, phrases, number, position, chapter)
    title = chapter.title or titles(material, position, slots, number)[0]
    beats = chapter.beats or tuple(
        text for beat in beat_window(material, position) if (text := filled(beat.title, slots))
    )
    complete = PlannedChapter(title, chapter.summary, beats, chapter.point_of_view, chapter.place, chapter.characters)
    return Scene(number, position, complete, slots)


def beat_window(material: Material, position: Position) -> tuple[BeatPhrases, ...]:
    """The beats of its stage that this chapter takes; every further chapter of a stage takes the next ones."""
    pool = position.stage.beats
    wanted = round(material.target_words / WORDS_PER_BEAT) if material.target_words else BEATS_MIN
    size = min(len(pool), BEATS_MAX, max(BEATS_MIN, wanted))
    start = position.turn * size
    return tuple(pool[(start + offset) % len(pool)] for offset in range(size))


def titles(material: Material, position: Position, slots: Mapping[str, str], number: int) -> Sequence[str]:
    """Possible titles for a chapter, the preferred one first; the last always works."""
    variants = position.stage.titles
    start = (material.seed + position.stage_index + position.turn) % len(variants)
    if material.is_article:
        start = position.turn // max(1, len(material.themes)) % len(variants)
    ordered = [filled(variants[(start + step) % len(variants)], slots) for step in range(len(variants))]
    named = [title for title in ordered if title]
    return [*named, *(f"{title} ({number})" for title in named)]


def others(material: Material, pov: str) -> list[Person]:
    """The people beside the point of view; the opponent only when there is nobody else."""
    opponent = material.opponent
    rest = [one for one in material.people if one.name != pov]
    return [one for one in rest if one is not opponent] or rest


def _novel_slots(
    material: Material, phrases: Phrases, number: int, position: Position, chapter: PlannedChapter
) -> dict[str, str]:
    """Names and facts for a novel's chapter: the plan's own first, else the brief's in turn, else a common noun."""
    protagonist = material.protagonist
    pov = chapter.point_of_view or (protagonist.name if protagonist else "")
    company = others(material, pov)
    beside = [name for name in chapter.characters if name not in (pov, _name(material.opponent))]
    other = beside[0] if beside else _name(company[(number - 1) % len(company)] if company else None)
    place = chapter.place or _place_in_turn(material, phrases, number, position)
    names = {"pov": pov, "other": other, "opponent": _name(material.opponent)}
    slots = {slot: material.known_as(name) if name else phrases.unnamed[slot] for slot, name in names.items()}
    slots |= {f"{slot}_name": name for slot, name in names.items()}
    slots |= {
        "place": place or phrases.unnamed["place"],
        "theme": clipped(material.themes[(number - 1) % len(material.themes)])
        if material.themes
        else phrases.unnamed["theme"],
    }
    for slot, person in (("pov", material.person(pov)), ("other", material.person(other))):
        if person is not None:
            facts = {"role": person.role, "wants": person.wants, "fears": person.fears, "voice": person.voice}
            slots |= {f"{slot}_{key}": text.rstrip(" .;") for key, text in facts.items()}
    described = material.place(place)
    slots["place_description"] = described.description.rstrip(" .;") if described else ""
    return slots


def _place_in_turn(material: Material, phrases: Phrases, number: int, position: Position) -> str:
    """A story begins and ends at its first place; between, the places take turns."""
    if not material.places:
        return ""
    at_an_end = position.stage_index in (0, len(phrases.stages) - 1)
    return material.places[0 if at_an_end else (number - 1) % len(material.places)].name


def _article_slots(material: Material, phrases: Phrases, position: Position) -> dict[str, str]:
    """Subject and theme of a section: the brief's themes in turn, then the titles of the notes."""
    subjects = [*material.themes, *(note.title for note in material.notes if note.title)]
    theme = clipped(subjects[position.turn % len(subjects)]) if subjects else ""
    subject = clipped(material.title) or phrases.unnamed["subject"]
    return {"subject": subject, "theme": theme or subject}


def _name(person: Person | None) -> str:
    return person.name if person else ""
