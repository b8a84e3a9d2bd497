"""Beginning a project."""

import pytest

from collaboration.models import RoleGrant
from collaboration.services.projection import projected_abilities
from config.kernel.context import SYSTEM
from config.kernel.errors import ValidationFailed
from projects.models import Project
from projects.permissions import TARGET, abilities_of
from projects.services.projects import project_create


def test_creator_becomes_owner_with_every_ability(in_acme, make_person, actor_of):
    actor = actor_of(make_person(in_acme), in_acme)

    project = project_create(actor=actor, kind="novel", title="  The   Light ", brief={"premise": "A keeper."})

    project.refresh_from_db()
    assert (project.kind, project.title, project.brief) == ("novel", "The Light", {"premise": "A keeper."})
    assert (project.language, project.status, project.version) == ("en", "active", 1)
    assert project.created_by_id == actor.user_id
    grants = list(RoleGrant.objects.values_list("target_type", "target_id", "user_id", "role", "granted_by_id"))
    assert grants == [("projects.project", project.pk, actor.user_id, "owner", actor.user_id)]
    everything = {"view", "comment", "edit", "approve", "generate", "manage_members", "export", "delete"}
    assert abilities_of(actor, project) == everything
    assert projected_abilities(TARGET, user_id=actor.user_id, target_id=project.pk) == everything


def test_system_creates_a_project_without_owner(in_acme):
    project = project_create(actor=SYSTEM, kind="article", title="Notes")

    assert project.created_by_id is None
    assert not RoleGrant.objects.exists()


def test_failing_grant_leaves_no_project(in_acme, make_person, actor_of, monkeypatch):
    actor = actor_of(make_person(in_acme), in_acme)

    def refuse(*_args, **_kwargs):
        raise RuntimeError("the projection is broken")

    monkeypatch.setattr("collaboration.services.roles.project_role", refuse)
    with pytest.raises(RuntimeError):
        project_create(actor=actor, kind="novel", title="Lost")

    assert not Project.objects.exists()
    assert not RoleGrant.objects.exists()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("kind", {"kind": "poem"}),
        ("title", {"title": "   "}),
        ("title", {"title": "x" * 301}),
        ("title", {"title": "nul\x00"}),
        ("title", {"title": "half \ud800"}),
        ("title", {"title": 7}),
        ("language", {"language": "English"}),
        ("brief", {"brief": ["a list"]}),
        ("brief.colour", {"brief": {"colour": "red"}}),
        ("brief.characters.0.nme", {"brief": {"characters": [{"name": "Ada", "nme": "Ada"}]}}),
        ("brief.target_words_per_chapter", {"brief": {"target_words_per_chapter": 0}}),
        ("brief", {"brief": {"premise": "nul\x00"}}),
        ("brief", {"brief": {"characters": [{"name": "n", "description": "d" * 5000}] * 20}}),
    ],
)
def test_wrong_values_are_refused_by_field(in_acme, field, values):
    with pytest.raises(ValidationFailed) as refusal:
        project_create(**{"actor": SYSTEM, "kind": "novel", "title": "Title"} | values)

    assert field in refusal.value.details["fields"]
    assert not Project.objects.exists()
