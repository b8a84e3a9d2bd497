"""A brief and a plan to test with, and the samples as a request carries them."""

from pathlib import Path
from typing import Any

import yaml

from generation.providers import CompletionRequest, Purpose, Usage
from generation.providers.scaffold import ScaffoldProvider

SAMPLES_DIR = Path(__file__).resolve().parents[2] / "samples"

BRIEF: dict[str, Any] = {
    "premise": "A keeper's daughter finds that the light was moved.",
    "goal": "A book about shared guilt.",
    "characters": [
        {"name": "Elias Rudd", "role": "the survivor", "wants": "the truth", "fears": "kindness"},
        {"name": "Tamsin Carne", "role": "narrator", "wants": "to be believed", "fears": "her own hand"},
        {"name": "Josiah Penhale", "role": "antagonist", "wants": "the cargo", "fears": "a log-book"},
    ],
    "places": [{"name": "Skerrow Head", "description": "a tower"}, {"name": "The Anchor", "description": "an inn"}],
    "themes": ["the price of an honest record", "seeing"],
    "target_words_per_chapter": 1800,
}


def planned(**metadata: Any) -> dict[str, Any]:
    """The plan for this material."""
    material: Any = {"kind": "novel", "title": "The Borrowed Light", "language": "en", "brief": BRIEF, **metadata}
    completion = ScaffoldProvider().complete(CompletionRequest((), Purpose.PLAN, metadata=material))
    assert completion.usage == Usage()
    assert completion.data is not None
    return completion.data


def sample(kind: str) -> dict[str, Any]:
    """`samples/novel` or `samples/article` as request metadata: kind, title, language, brief, notes."""
    brief = yaml.safe_load((SAMPLES_DIR / kind / "brief.yaml").read_text(encoding="utf-8"))
    notes = []
    for name in brief.pop("notes"):
        _start, front, body = (SAMPLES_DIR / kind / name).read_text(encoding="utf-8").split("---\n", 2)
        notes.append({**yaml.safe_load(front), "body": body})
    return {key: brief.pop(key) for key in ("kind", "title", "language")} | {"brief": brief, "notes": notes}
