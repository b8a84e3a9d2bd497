"""Every message of the product in French, compiled as committed, and spoken to whoever asks for it."""

import gettext

import pytest
from django.utils import translation

from config.front.translations import catalogue_path, committed, messages, mo_bytes, problems, updated
from config.kernel import errors

FRENCH = {"HTTP_ACCEPT_LANGUAGE": "fr-CA,fr;q=0.9,en;q=0.5"}


def test_every_message_has_french_with_the_same_placeholders():
    assert problems(updated()) == [], "run `make translations`, and translate what is empty"


def test_catalogue_holds_what_the_code_says_and_nothing_else():
    held = {message.id for message in committed() if message.id}
    assert held == set(messages()), "run `make translations`"


def test_compiled_catalogue_is_that_of_the_committed_one():
    with catalogue_path(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    fresh = mo_bytes(committed())
    assert catalogue_path(".mo").read_bytes() == fresh, "run `make translations`"
    assert compiled["There is nothing here."] == "Il n'y a rien ici."


def kinds(kind):
    for below in kind.__subclasses__():
        yield below
        yield from kinds(below)


def test_every_error_of_the_product_speaks_french():
    with translation.override("fr"):
        silent = [
            kind.__name__
            for kind in kinds(errors.AppError)
            if kind.__module__.split(".")[0] != "tests" and str(kind.default_message) == english(kind)
        ]
    assert silent == []


def english(kind):
    with translation.override("en"):
        return str(kind.default_message)


def message_of(response):
    return response.json()["error"]["message"]


def test_error_of_the_router_is_in_the_reader_s_language(anonymous_api):
    response = anonymous_api().get("/api/v1/nowhere", **FRENCH)
    assert message_of(response) == "Il n'y a rien ici."
    assert response["Content-Language"] == "fr"


def test_error_of_a_view_is_in_the_reader_s_language(in_acme, anonymous_api):
    response = anonymous_api(in_acme).get("/api/v1/projects", **FRENCH)
    with translation.override("fr"):
        french = str(errors.AuthenticationFailed.default_message)
    assert message_of(response) == french != "Sign in first."


def test_error_of_the_organisation_s_host_is_in_the_reader_s_language(db, anonymous_api):
    response = anonymous_api(host="nobody.testserver").get("/api/v1/projects", **FRENCH)
    assert message_of(response) == "Aucune organisation ne répond à cette adresse."


def test_error_before_any_view_is_in_the_reader_s_language(anonymous_api):
    response = anonymous_api().get("/api/v1/projects", QUERY_STRING="a=%ff", **FRENCH)
    assert message_of(response) == "La chaîne de requête n'est pas en UTF-8."


def test_field_errors_are_in_the_reader_s_language(in_acme, api, make_person):
    response = api(make_person(in_acme), in_acme).post("/api/v1/projects", {"title": "a", "colour": 1}, **FRENCH)
    assert "Champ inconnu" in response.json()["error"]["details"]["fields"]["colour"][0]


@pytest.mark.parametrize("asked", ["de", "", "*", "x" * 3000, "\xff"])
def test_other_languages_are_answered_in_english(anonymous_api, asked):
    response = anonymous_api().get("/api/v1/nowhere", HTTP_ACCEPT_LANGUAGE=asked)
    assert message_of(response) == "There is nothing here."


def test_language_of_one_request_does_not_stay_for_the_next(anonymous_api):
    client = anonymous_api()
    client.get("/api/v1/nowhere", **FRENCH)
    assert message_of(client.get("/api/v1/nowhere")) == "There is nothing here."
    client.get("/api/v1/nowhere", **FRENCH)
    assert message_of(client.get("/api/v1/nowhere", QUERY_STRING="a=%ff")) == "The query string is not UTF-8."
