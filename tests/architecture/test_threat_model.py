"""Every threat of the model has a guard, and tests that exist."""

import ast
import re

from config.env import BASE_DIR

PAGE = BASE_DIR / "docs" / "security.md"
LINK = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")
SECTIONS_MIN, THREATS_MIN = 6, 30


def threats():
    """The rows below "Threats": (threat, guard, tests)."""
    text = PAGE.read_text(encoding="utf-8").split("\n## Threats\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [tuple(row) for row in rows if row[0] != "threat" and not set(row[0]) <= {"-"}]


def functions_of(path):
    tree = ast.parse((BASE_DIR / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_threat_has_a_guard_and_a_test():
    rows = threats()
    assert len(rows) >= THREATS_MIN
    assert [row for row in rows if len(row) != 3 or not row[1] or not LINK.search(row[2])] == []


def test_every_named_test_exists():
    text = PAGE.read_text(encoding="utf-8")
    links = set(LINK.findall(text))
    assert len(links) == len(set(re.findall(r"\btest_\w+(?=`)", text))), "a test is named without a link to its file"
    gone = [
        f"{path}: {name}"
        for name, path in sorted(links)
        if not (BASE_DIR / path).is_file() or name not in functions_of(path)
    ]
    assert gone == []


def test_every_asset_actor_and_boundary_has_a_place():
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Assets", "Actors", "Boundaries", "Threats", "What remains"]
    assert len(re.findall(r"^### ", text, re.MULTILINE)) >= SECTIONS_MIN
