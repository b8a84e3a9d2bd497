"""Which changes of the API's document would break a client, and which would not."""

from copy import deepcopy

import pytest

from config.front.compatibility import breaking_changes

THING = {
    "type": "object",
    "required": ["id", "kind"],
    "properties": {
        "id": {"type": "string"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "note": {"type": ["string", "null"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
    },
}
OLD = {
    "paths": {
        "/things": {
            "get": {
                "parameters": [{"in": "query", "name": "kind", "schema": {"type": "string", "enum": ["a", "b"]}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                },
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["kind"],
                                "properties": {
                                    "kind": {"type": "string", "enum": ["a", "b"]},
                                    "note": {"type": "string"},
                                },
                            }
                        }
                    }
                },
                "responses": {"201": {"description": ""}, "400": {"description": ""}},
            },
        }
    },
    "components": {"schemas": {"Thing": THING}},
}
SENT = ("paths", "/things", "post", "requestBody", "content", "application/json", "schema")
READ = ("components", "schemas", "Thing")
QUERY = ("paths", "/things", "get", "parameters")


def changed(path, change):
    """The old document with `change` applied to what lies at `path`."""
    new = deepcopy(OLD)
    place = new
    for part in path:
        place = place[part]
    change(place)
    return new


BREAKING = {
    "path gone": (("paths",), lambda paths: paths.pop("/things"), "the path is gone"),
    "method gone": (("paths", "/things"), lambda methods: methods.pop("post"), "the method is gone"),
    "answer gone": (("paths", "/things", "post", "responses"), lambda all_: all_.pop("201"), "the answer 201 is gone"),
    "parameter gone": (QUERY, lambda parameters: parameters.clear(), "parameter kind is gone"),
    "parameter's value gone": (QUERY, lambda found: found[0]["schema"]["enum"].pop(), "the values b are gone"),
    "parameter required": (QUERY, lambda found: found[0].update(required=True), "parameter kind is required now"),
    "new required parameter": (
        QUERY,
        lambda found: found.append({"in": "header", "name": "X", "required": True}),
        "header parameter X is required now",
    ),
    "sent field gone": ((*SENT, "properties"), lambda fields: fields.pop("note"), "the field note is gone"),
    "sent field required": (SENT, lambda schema: schema["required"].append("note"), "the field note is required now"),
    "sent value gone": ((*SENT, "properties", "kind", "enum"), lambda values: values.pop(), "the values b are gone"),
    "sent type changed": ((*SENT, "properties", "note"), lambda found: found.update(type="integer"), "the type was"),
    "body gone": (("paths", "/things", "post"), lambda found: found.pop("requestBody"), "is gone"),
    "read field gone": ((*READ, "properties"), lambda fields: fields.pop("id"), "the field id is gone"),
    "read field optional": (READ, lambda schema: schema["required"].remove("id"), "the field id may be missing now"),
    "read type changed": ((*READ, "properties", "id"), lambda found: found.update(type="integer"), "the type was"),
    "read type nullable": (
        (*READ, "properties", "id"),
        lambda found: found.update(type=["string", "null"]),
        "the type was",
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_change_that_takes_away_is_breaking(name):
    path, change, sentence = BREAKING[name]
    found = breaking_changes(OLD, changed(path, change))
    assert found
    assert any(sentence in line for line in found), found


ADDING = {
    "nothing": ((), lambda document: None),
    "path": (("paths",), lambda paths: paths.update({"/new": {"get": {"responses": {}}}})),
    "method": (("paths", "/things"), lambda methods: methods.update(put={"responses": {}})),
    "optional parameter": (QUERY, lambda found: found.append({"in": "query", "name": "x", "schema": {}})),
    "answer": (("paths", "/things", "post", "responses"), lambda found: found.update({"202": {"description": ""}})),
    "error gone": (("paths", "/things", "post", "responses"), lambda found: found.pop("400")),
    "sent optional field": ((*SENT, "properties"), lambda fields: fields.update(more={"type": "string"})),
    "sent field optional": (SENT, lambda schema: schema["required"].clear()),
    "sent value": ((*SENT, "properties", "kind", "enum"), lambda values: values.append("c")),
    "sent type wider": ((*SENT, "properties", "note"), lambda found: found.update(type=["string", "null"])),
    "read field": ((*READ, "properties"), lambda fields: fields.update(more={"type": "string"})),
    "read field required": (READ, lambda schema: schema["required"].append("note")),
    "read type narrower": ((*READ, "properties", "note"), lambda found: found.update(type="string")),
}


@pytest.mark.parametrize("name", ADDING)
def test_change_that_adds_is_none(name):
    path, change = ADDING[name]
    assert breaking_changes(OLD, changed(path, change)) == []


def test_first_document_breaks_nobody():
    assert breaking_changes({}, OLD) == []
