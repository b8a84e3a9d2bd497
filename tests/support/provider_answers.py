"""What the played model says when a test does not care: sensible, deterministic text, and JSON by any schema."""

import hashlib
import json
import re
from typing import Any

SENTENCES = (
    "The morning came in grey over the slate, and nobody in the yard was in a hurry to call it day.",
    "She counted the steps again, because counting was the only thing left that would hold still.",
    "He had been asked a plain question, and he gave it the long silence that plain questions deserve.",
    "Below them the water went on with its work, which was to take and to bring and to say nothing.",
    "There was a letter on the table, folded small, in a hand that neither of them named.",
    "“You could have told me,” she said, and it was not the sentence she had prepared.",
    "The door had been left open for the cat, or for somebody who knew about the cat.",
    "What they carried up the slip that night was heavier than it looked, and it was carried by many.",
    "By noon the wind had gone round, and with it every reason they had agreed upon.",
    "He laughed once, shortly, as one tests a plank before trusting it.",
    "Nobody had moved the lamp; they were all quite sure of that, and each said so unasked.",
    "It is a small thing to write down an hour, and she had written down many.",
)
PARAGRAPHS = 6
SENTENCES_PER_PARAGRAPH = 5
_HEADING = re.compile(r"^(?:Chapter|Section) \d+: (.+)$", re.MULTILINE)
_COUNT = re.compile(r"\b(\d{1,3}) (?:chapters?|sections?)\b")


def digest_of(messages: Any) -> int:
    """A number that depends on the messages alone."""
    content = json.dumps(messages, sort_keys=True).encode()
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def text_for(messages: Any) -> str:
    """A chapter in Markdown; its heading is the title that the prompt names."""
    prompt = _prompt(messages)
    heading = _HEADING.search(prompt)
    title = heading.group(1).strip() if heading else "Untitled"
    start = digest_of(messages)
    paragraphs = [
        " ".join(
            SENTENCES[(start + row * SENTENCES_PER_PARAGRAPH * 3 + column) % len(SENTENCES)]
            for column in range(SENTENCES_PER_PARAGRAPH)
        )
        for row in range(PARAGRAPHS)
    ]
    return f"# {title}\n\n" + "\n\n".join(paragraphs) + "\n"


def json_for(schema: dict[str, Any], messages: Any) -> Any:
    """An instance of the schema; lists that count chapters have as many entries as the prompt asks for."""
    wanted = _COUNT.search(_prompt(messages))
    return _instance(schema, "answer", int(wanted.group(1)) if wanted else 3)


def _prompt(messages: Any) -> str:
    return "\n".join(str(message.get("content", "")) for message in messages if isinstance(message, dict))


def _instance(schema: dict[str, Any], name: str, chapters: int, number: int = 1) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {key: _instance(value, key, chapters, number) for key, value in properties.items()}
    if kind == "array":
        count = chapters if name == "chapters" else 3
        return [_instance(schema["items"], name, chapters, index + 1) for index in range(count)]
    if kind in ("integer", "number"):
        return number
    if kind == "boolean":
        return True
    return f"{name.replace('_', ' ').capitalize()} {number}"
