"""Reading a project from a folder."""

from pathlib import Path

import pytest

from config.kernel.errors import ValidationFailed
from projects.models import Document, Project
from projects.services.project_import import project_import

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture
def actor(in_acme, make_person, actor_of):
    return actor_of(make_person(in_acme), in_acme)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "brief.yaml").write_text("kind: novel\ntitle: Sea\nlanguage: fr\npremise: Salt.\nnotes: [notes/a.md]\n")
    (tmp_path / "notes/a.md").write_text("---\ntitle: Tide\nsource: A log\n---\n\nHigh at nine.\n")
    return tmp_path


def test_folder_becomes_a_project_with_notes(actor, folder):
    project = project_import(actor=actor, directory=folder)

    assert (project.kind, project.title, project.language, project.brief) == (
        "novel",
        "Sea",
        "fr",
        {"premise": "Salt."},
    )
    note = project.documents.get()
    assert (note.kind, note.title, note.source, note.body) == ("note", "Tide", "A log", "High at nine.")
    assert note.versions.get().origin == "imported"


@pytest.mark.parametrize("name", ["novel", "article"])
def test_samples_are_read_as_they_are(actor, name):
    project = project_import(actor=actor, directory=SAMPLES / name)

    files = sorted((SAMPLES / name / "notes").glob("*.md"))
    assert project.kind == name
    assert project.brief["premise"]
    assert project.documents.filter(kind="note").exclude(source="").exclude(body="").count() == len(files)


@pytest.mark.parametrize(
    ("file", "content", "field"),
    [
        ("brief.yaml", None, "brief.yaml"),
        ("brief.yaml", b"kind: [novel", "brief.yaml"),
        ("brief.yaml", b"- a\n- list\n", "brief.yaml"),
        ("brief.yaml", b"kind: novel\ntitle: \xff\n", "brief.yaml"),
        ("brief.yaml", b"kind: novel\ntitle: x\nnotes: a.md\n", "brief.yaml"),
        ("brief.yaml", b"kind: novel\ntitle: x\nnotes: [../../etc/passwd]\n", "brief.yaml"),
        ("brief.yaml", b"kind: novel\ntitle: x\nnotes: [/etc/passwd]\n", "brief.yaml"),
        ("brief.yaml", b"kind: novel\ntitle: x\nnotes: [notes/none.md]\n", "none.md"),
        ("brief.yaml", b"kind: novel\ntitle: x\nplot: y\n", "brief.plot"),
        ("brief.yaml", b"kind: poem\ntitle: x\n", "kind"),
        ("brief.yaml", b"!!python/object/apply:os.system ['true']\n", "brief.yaml"),
        ("notes/a.md", b"no front matter\n", "a.md"),
        ("notes/a.md", b"---\ntitle: x\nauthor: y\n---\nbody\n", "a.md"),
        ("notes/a.md", b"---\nsource: only\n---\nbody\n", "title"),
    ],
)
def test_wrong_folder_is_named_and_nothing_is_written(actor, folder, file, content, field):
    path = folder / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ValidationFailed) as refusal:
        project_import(actor=actor, directory=folder)

    assert list(refusal.value.details["fields"]) == [field]
    assert not Project.objects.exists()
    assert not Document.objects.exists()


def test_link_out_of_the_folder_is_refused(actor, folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.md"
    secret.write_text("---\ntitle: Secret\n---\nsecret\n")
    (folder / "notes/a.md").unlink()
    (folder / "notes/a.md").symlink_to(secret)

    with pytest.raises(ValidationFailed):
        project_import(actor=actor, directory=folder)
