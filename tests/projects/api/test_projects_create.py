"""`POST /projects`."""

import pytest

from projects.models import Project


def test_member_creates_a_project_and_owns_it(company):
    body = {
        "kind": "article",
        "title": "Tides",
        "language": "fr",
        "brief": {"premise": "Moon and sea.", "characters": [{"name": "Ada"}], "target_words_per_chapter": 900},
    }

    response = company.api.stranger.post("/api/v1/projects", body)

    assert response.status_code == 201
    data = response.json()["data"]
    assert {name: data[name] for name in body} == body
    assert data["role"] == "owner"
    assert all(data["abilities"].values())
    assert (data["status"], data["version"]) == ("active", 1)
    assert data["counts"] == {"documents": 0, "chapters": 0, "words": 0, "tasks": 0, "tasks_done": 0}
    assert response["Location"] == f"/api/v1/projects/{data['id']}"
    assert company.api.stranger.get(response["Location"])["ETag"] == response["ETag"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"kind", "title"}),
        ({"kind": "poem", "title": "x"}, {"kind"}),
        ({"kind": "novel", "title": " "}, {"title"}),
        ({"kind": "novel", "title": "x" * 301}, {"title"}),
        ({"kind": "novel", "title": ["x"]}, {"title"}),
        ({"kind": "novel", "title": "x", "language": "Klingon!"}, {"language"}),
        ({"kind": "novel", "title": "x", "brief": []}, {"brief"}),
        ({"kind": "novel", "title": "x", "brief": None}, {"brief"}),
        ({"kind": "novel", "title": "x", "brief": {"plot": "?"}}, {"brief.plot"}),
        ({"kind": "novel", "title": "x", "brief": {"themes": "one"}}, {"brief.themes"}),
        (
            {"kind": "novel", "title": "x", "brief": {"places": [{"nom": "Ici", "name": "Here"}]}},
            {"brief.places.0.nom"},
        ),
        ({"kind": "novel", "title": "x", "owner": "me", "id": 1}, {"owner", "id"}),
    ],
)
def test_wrong_body_names_its_fields_and_writes_nothing(company, body, fields):
    before = set(Project.objects.values_list("pk", flat=True))

    response = company.api.owner.post("/api/v1/projects", body)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation_failed"
    assert set(response.json()["error"]["details"]["fields"]) == fields
    assert set(Project.objects.values_list("pk", flat=True)) == before


def test_unknown_key_of_a_brief_is_answered_with_the_known_ones(company):
    body = {"kind": "novel", "title": "x", "brief": {"places": [{"nom": "Ici", "name": "Here"}]}}

    error = company.api.owner.post("/api/v1/projects", body).json()["error"]

    assert error["details"]["fields"]["brief.places.0.nom"] == ["Unknown key; a brief knows: description, name."]


@pytest.mark.parametrize("raw", [b'{"kind":"novel","title":"a\\u0000b"}', b'{"kind":"novel","title":"\\ud800"}'])
def test_text_that_cannot_be_stored_is_400(company, raw):
    before = set(Project.objects.values_list("pk", flat=True))

    response = company.api.owner.generic("POST", "/api/v1/projects", raw, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"]["code"] in {"malformed", "validation_failed"}
    assert set(Project.objects.values_list("pk", flat=True)) == before


def test_anonymous_creates_nothing(in_acme, anonymous_api):
    response = anonymous_api(in_acme).post("/api/v1/projects", {"kind": "novel", "title": "x"})

    assert (response.status_code, response.json()["error"]["code"]) == (401, "authentication_failed")
    assert not Project.objects.exists()
