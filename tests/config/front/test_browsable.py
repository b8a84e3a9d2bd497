"""The browsable API: signed in by session on an organisation's host, with forms and filters, over the same answers."""

import re

import pytest
from django.db import connection

from projects.models import Project
from tests.factories.people import PASSWORD

PAGE = {"HTTP_ACCEPT": "text/html"}


@pytest.fixture
def browser(in_acme, anonymous_api, make_person):
    """A browser on acme's host that checks CSRF, and the person who will sign in with it."""
    client = anonymous_api(host="acme.testserver")
    client.handler.enforce_csrf_checks = True
    client.person = make_person(in_acme, email="ada@example.org")
    return client


def sign_in(client, email="ada@example.org", password=PASSWORD, **query):
    token = token_in(client.get("/api-auth/login/", query, **PAGE))
    form = {"username": email, "password": password, "csrfmiddlewaretoken": token, **query}
    return client.post("/api-auth/login/", form, format="multipart", **PAGE)


def token_in(response):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())[1]


def test_person_signs_in_and_browses(browser):
    response = sign_in(browser, next="/api/v1/projects")
    assert (response.status_code, response["Location"]) == (302, "/api/v1/projects")
    page = browser.get("/api/v1/projects", **PAGE)
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert "ada@example.org" in page.content.decode()


def test_page_holds_the_filters_and_a_form_of_the_documented_fields(browser):
    sign_in(browser)
    page = browser.get("/api/v1/projects?status=active", **PAGE).content.decode()
    for name in ("kind", "status", "search", "ordering"):
        assert re.search(rf'<(select|input) name="{name}"', page), name
    assert "<option selected>active</option>" in page
    form = page[page.index('id="form-POST"') :]
    assert re.search(r'<select class="form-control" name="kind">', form)
    assert re.search(r'name="title"', form)


def test_form_makes_a_project(browser):
    sign_in(browser)
    token = token_in(browser.get("/api/v1/projects", **PAGE))
    form = {"kind": "novel", "title": "By form", "csrfmiddlewaretoken": token}
    response = browser.post("/api/v1/projects", form, format="multipart", **PAGE)
    assert response.status_code == 201, response.content
    assert Project.objects.get().title == "By form"


def test_form_with_mistakes_shows_them_at_the_field(browser):
    sign_in(browser)
    token = token_in(browser.get("/api/v1/projects", **PAGE))
    form = {"kind": "novel", "title": "", "csrfmiddlewaretoken": token}
    response = browser.post("/api/v1/projects", form, format="multipart", **PAGE)
    assert response.status_code == 400
    assert "has-error" in response.content.decode()
    assert not Project.objects.exists()


def test_form_without_csrf_token_is_refused(browser):
    sign_in(browser)
    response = browser.post("/api/v1/projects", {"kind": "novel", "title": "x"}, format="multipart", **PAGE)
    assert response.status_code == 403
    assert not Project.objects.exists()


def test_thing_offers_its_present_values_and_what_lies_below(browser, actor_of, in_acme):
    sign_in(browser)
    token = token_in(browser.get("/api/v1/projects", **PAGE))
    form = {"kind": "novel", "title": "Present <b>value</b>", "csrfmiddlewaretoken": token}
    browser.post("/api/v1/projects", form, format="multipart", **PAGE)
    project = Project.objects.get()
    page = browser.get(f"/api/v1/projects/{project.id}", **PAGE).content.decode()
    assert 'value="Present &lt;b&gt;value&lt;/b&gt;"' in page
    assert "<b>value" not in page
    assert f'href="/api/v1/projects/{project.id}/documents"' in page
    assert {found[1] for found in re.finditer(r'id="form-(\w+)"', page)} == {"PATCH", "DELETE"}
    assert f'<a href="/api/v1/projects/{project.id}">' in browser.get("/api/v1/projects", **PAGE).content.decode()


def test_stranger_s_page_offers_to_sign_in_and_no_form(browser):
    response = browser.get("/api/v1/projects", **PAGE)
    page = response.content.decode()
    assert response.status_code == 401
    assert "/api-auth/login/?next=/api/v1/projects" in page
    assert "form-POST" not in page


@pytest.mark.parametrize("password", ["wrong", "", "a" * 5000])
def test_wrong_password_is_refused(browser, password):
    response = sign_in(browser, password=password)
    assert response.status_code == 200
    assert "sessionid" not in browser.cookies


def test_person_of_another_organisation_is_told_the_same_as_nobody(browser, make_person, globex):
    make_person(globex, email="eve@example.org")
    answers = [sign_in(browser, email=email).content.decode() for email in ("eve@example.org", "nobody@example.org")]
    shown = [re.search(r'role="alert">(.*?)</div>', page, re.DOTALL)[1] for page in answers]
    assert shown[0] == shown[1]
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_sign_in_leads_nowhere_else(browser, target):
    assert sign_in(browser, next=target)["Location"] == "/api/v1/"


def test_signing_out_ends_the_session(browser):
    sign_in(browser)
    token = token_in(browser.get("/api/v1/projects", **PAGE))
    browser.post("/api-auth/logout/", {"csrfmiddlewaretoken": token}, format="multipart")
    assert browser.get("/api/v1/projects", **PAGE).status_code == 401


def test_session_of_one_organisation_opens_no_other(browser, globex):
    sign_in(browser)
    response = browser.get("/api/v1/projects", HTTP_HOST="globex.testserver")
    assert response.status_code == 401
    assert connection.schema_name != globex.schema_name


def test_root_lists_what_can_be_read(browser):
    found = browser.get("/api/v1/").json()["data"]
    assert found["resources"]["projects"] == "http://acme.testserver/api/v1/projects"
    assert (found["organisation"], found["person"]) == ("acme", None)
    assert browser.get("/api/v1").json()["data"] == found
    sign_in(browser)
    assert browser.get("/api/v1/").json()["data"]["person"] == "ada@example.org"


@pytest.mark.parametrize("host", ["acme.testserver", "testserver"])
def test_first_page_leads_on(browser, host):
    response = browser.get("/", HTTP_HOST=host, **PAGE)
    assert response.status_code == 200
    assert ("Acme" in response.content.decode()) is (host == "acme.testserver")
    for address in re.findall(r'href="(/[^"]*)"', response.content.decode()):
        assert browser.get(address, HTTP_HOST=host, **PAGE).status_code in {200, 302}
