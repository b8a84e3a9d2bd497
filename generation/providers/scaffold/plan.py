"""A plan made of the brief: synopsis, people, chapters with their beats; by the schema of the plan prompts."""

from typing import Any

from .material import Material, PlannedChapter
from .outline import Scene, beat_window, scene, titles
from .phrases import Phrases, filled

PEOPLE_NAMED_MAX = 6


def plan_of(material: Material, phrases: Phrases, *, chapters: int) -> dict[str, Any]:
    """A plan of that many chapters (sections for an article), each with a title of its own."""
    entries: list[dict[str, Any]] = []
    used: set[str] = set()
    for number in range(1, chapters + 1):
        made = scene(material, phrases, number, PlannedChapter())
        choice = titles(material, made.position, made.slots, number)
        title = next((one for one in choice if one not in used), f"{choice[0]} · {number}")
        used.add(title)
        entries.append(_entry(material, phrases, made, title))
    plan: dict[str, Any] = {"synopsis": _synopsis(material, phrases, entries), "chapters": entries}
    if not material.is_article:
        plan["characters"] = [
            {"name": one.name, "role": one.role, "wants": one.wants, "fears": one.fears, "voice": one.voice}
            for one in material.people
        ]
    return plan


def _entry(material: Material, phrases: Phrases, made: Scene, title: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "title": title,
        "summary": _summary(material, phrases, made),
        "beats": list(made.chapter.beats),
    }
    if not material.is_article:
        text = " ".join(f"{beat.title} {beat.direction}" for beat in beat_window(material, made.position))
        cast = ["pov_name", "other_name", *(["opponent_name"] if "{opponent}" in text else [])]
        place = made.slots["place"] if material.place(made.slots["place"]) else ""
        named = [name for name in dict.fromkeys(made.slots[slot] for slot in cast) if name]
        entry |= {"point_of_view": made.slots["pov_name"], "place": place, "characters": named}
    return entry


def _summary(material: Material, phrases: Phrases, made: Scene) -> str:
    """What the stage is for; for a chapter also who is in it, where, and the theme underneath."""
    purpose = made.position.stage.purpose
    if material.is_article:
        return purpose
    return filled(phrases.plan_summary, {**made.slots, "purpose": purpose}) or purpose


def chapter_facts(phrases: Phrases, made: Scene) -> list[str]:
    """What the brief says about this chapter's people, place and theme, beginning elsewhere in every chapter."""
    known = [text for template in phrases.facts if (text := filled(template, made.slots))]
    start = (made.number - 1) % len(known) if known else 0
    return known[start:] + known[:start]


def _synopsis(material: Material, phrases: Phrases, entries: list[dict[str, Any]]) -> str:
    wording = phrases.article_synopsis if material.is_article else phrases.synopsis
    protagonist = material.protagonist
    slots = {
        "premise": material.premise,
        "goal": material.goal.rstrip(" ."),
        "audience": material.audience.rstrip(" ."),
        "pov": protagonist.name if protagonist else "",
        "others": ", ".join([one.name for one in material.people if one is not protagonist][:PEOPLE_NAMED_MAX]),
        "pov_wants": protagonist.wants.rstrip(" .") if protagonist else "",
        "pov_fears": protagonist.fears.rstrip(" .") if protagonist else "",
        "count": str(len(entries)),
        "first": entries[0]["title"],
        "last": entries[-1]["title"],
    }
    keys = ["premise", "people" if slots["others"] else "alone", "wants", "audience", "goal"]
    keys.append("course" if len(entries) > 1 else "course_one")
    sentences = (filled(wording[key], slots) for key in keys if key in wording)
    return " ".join(sentence for sentence in sentences if sentence)
