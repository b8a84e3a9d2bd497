"""What nobody should send: the codes of the contract, and never a 500."""

import json
from io import BytesIO

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.kernel.api.limits import check_body
from config.kernel.api.parsers import DEPTH_MAX
from tests.config.kernel.test_envelope import refused

pytestmark = [pytest.mark.urls("tests.config.kernel.play.urls"), pytest.mark.django_db]

ECHO = "/api/v1/play/echo"
DEEP = b'{"title": "a", "extra": ' + b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1) + b"}"
ABYSS = b'{"title": "a", "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

BODIES = {
    "not JSON": (b"{", "malformed"),
    "a word": (b"hello", "malformed"),
    "NaN": (b'{"title": NaN}', "malformed"),
    "Infinity": (b'{"title": "a", "extra": -Infinity}', "malformed"),
    "lone surrogate": (b'{"title": "\\ud800"}', "malformed"),
    "surrogate as bytes": (b'{"title": "\xed\xa0\x80"}', "malformed"),
    "not UTF-8": (b'{"title": "\xff"}', "malformed"),
    "UTF-16": ('{"title": "a"}'.encode("utf-16"), "malformed"),
    "NUL escaped": (b'{"title": "a\\u0000b"}', "malformed"),
    "NUL raw": (b'{"title": "a\x00b"}', "malformed"),
    "NUL in a key": (b'{"ti\\u0000tle": "a"}', "malformed"),
    "NUL in the depth": (b'{"title": "a", "extra": {"b": [{"c": "\\u0000"}]}}', "malformed"),
    "too deep": (DEEP, "malformed"),
    "an abyss": (ABYSS, "malformed"),
    "a list": (b"[]", "malformed"),
    "a text": (b'"title"', "malformed"),
    "a number": (b"1", "malformed"),
    "null": (b"null", "malformed"),
    "two documents": (b'{"title": "a"}{"title": "b"}', "malformed"),
    "trailing comma": (b'{"title": "a",}', "malformed"),
    "empty object": (b"{}", "validation_failed"),
    "no body": (b"", "validation_failed"),
    "unknown field": (b'{"title": "a", "colour": 1}', "validation_failed"),
    "wrong type": (b'{"title": {"a": 1}}', "validation_failed"),
    "huge number as text": (b'{"title": "a", "items": [{"name": "b", "amount": 1' + b"0" * 5000 + b"}]}", None),
    "huge integer": (b'{"title": "a", "items": [{"name": "b", "amount": 1' + b"0" * 30 + b"}]}", "validation_failed"),
    "list item is no object": (b'{"title": "a", "items": [1]}', "validation_failed"),
    "list is an object": (b'{"title": "a", "items": {"a": 1}}', "validation_failed"),
    "id is none": (b'{"title": "a", "ids": ["x"]}', "validation_failed"),
}


@pytest.mark.parametrize("name", BODIES)
def test_body_is_refused(anonymous_api, name):
    body, code = BODIES[name]
    response = anonymous_api().generic("POST", ECHO, body, content_type="application/json")
    assert response.status_code == 400
    refused(response, 400, code or response.json()["error"]["code"])


def test_field_errors_are_a_flat_map(anonymous_api):
    body = {"title": "a" * 51, "items": [{"name": "fine"}, {"amount": 101}, 3], "ids": ["x"]}
    fields = refused(anonymous_api().post(ECHO, body), 400, "validation_failed")["details"]["fields"]
    assert set(fields) == {"title", "items.1.name", "items.1.amount", "items.2.non_field_errors", "ids.0"}
    assert all(isinstance(text, str) for texts in fields.values() for text in texts)


def test_unknown_fields_are_named_but_not_without_end(anonymous_api):
    body = {"title": "a"} | {f"{number:04}{'x' * 500}": 1 for number in range(1000)}
    response = anonymous_api().post(ECHO, body)
    fields = refused(response, 400, "validation_failed")["details"]["fields"]
    assert len(fields) == 50
    assert len(response.content) < 30_000


def test_errors_of_a_long_list_are_named_but_not_without_end(anonymous_api):
    body = {"title": "a", "items": [{"amount": -1}] * 500}
    response = anonymous_api().post(ECHO, body)
    fields = refused(response, 400, "validation_failed")["details"]["fields"]
    assert len(fields) == 50
    assert "items.0.name" in fields


QUERIES = ["a=%00", "%00=a", "a=%ff", "a=%ed%a0%80", "a=\xff", "a=\xed\xa0\x80"]


@pytest.mark.parametrize("query", QUERIES)
def test_query_string_is_refused(anonymous_api, query):
    refused(anonymous_api().get(ECHO, QUERY_STRING=query), 400, "malformed")


@pytest.mark.parametrize("query", ["a=%zz", "a=%", "&&&===&", "a=%e2%82%ac", "a" * 5000, "a=1&a=2", "a;b"])
def test_odd_query_string_is_read(anonymous_api, query):
    assert anonymous_api().get(ECHO, QUERY_STRING=query).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/api/v1/\x00", 400), ("/api/v1/\xff", 404), ("/api/v1/%ff", 404)])
def test_odd_path_is_refused(anonymous_api, path, status):
    assert anonymous_api().get("/", PATH_INFO=path).status_code == status


HEADERS = {"X_TENANT": 404, "AUTHORIZATION": 200, "ACCEPT_LANGUAGE": 200, "COOKIE": 200, "IF_NONE_MATCH": 200}


@pytest.mark.parametrize("value", ["\xff", "\xed\xa0\x80", "a" * 20_000, "'", "Bearer \xff", "=;=;", "*;q=x"])
@pytest.mark.parametrize("header", HEADERS)
def test_odd_header_is_never_a_fault(anonymous_api, header, value):
    response = anonymous_api().get(ECHO, **{f"HTTP_{header}": value})
    assert response.status_code < 500


TOO_MUCH = 3000
TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]


@pytest.fixture
def small_limit(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048


@pytest.mark.parametrize("content_type", TYPES)
def test_large_body_is_refused_by_its_length(anonymous_api, small_limit, content_type):
    response = anonymous_api().generic("POST", ECHO, b"a" * TOO_MUCH, content_type=content_type)
    assert refused(response, 413, "payload_too_large")["details"] == {"limit_bytes": 2048}


def test_default_limit_refuses_ten_megabytes(anonymous_api):
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < 10_000_000
    response = anonymous_api().generic("POST", ECHO, b"a" * 10_000_000, content_type="application/json")
    refused(response, 413, "payload_too_large")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣", "9" * 30, " 1 ,2"])
def test_length_that_is_no_number_is_refused(anonymous_api, length):
    response = anonymous_api().generic("POST", ECHO, b"{}", content_type="application/json", CONTENT_LENGTH=length)
    refused(response, 400, "malformed")


def test_length_above_the_body_is_refused(anonymous_api):
    cut_off = {"CONTENT_LENGTH": "500", "wsgi.input": BytesIO(b'{"title": "a"')}
    response = anonymous_api().generic("POST", ECHO, b"", content_type="application/json", **cut_off)
    refused(response, 400, "malformed")


def chunked(body):
    """A request whose body has no length, as a server hands it over."""
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": ECHO,
            "CONTENT_TYPE": "application/json",
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input": BytesIO(body),
        }
    )


def test_chunked_body_is_read(anonymous_api):
    request = chunked(b'{"title": "a"}')
    check_body(request)
    assert request.body == b'{"title": "a"}'


def test_chunked_body_is_answered(anonymous_api):
    response = anonymous_api().generic(
        "POST",
        ECHO,
        b"",
        content_type="application/json",
        CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked",
        **{"wsgi.input": BytesIO(b'{"title": "a"}')},
    )
    assert response.json()["data"] == {"title": "a"}


def test_large_chunked_body_is_refused_before_it_is_read_whole(anonymous_api, small_limit):
    stream = BytesIO(b"a" * 1_000_000)
    response = anonymous_api().generic(
        "POST",
        ECHO,
        b"",
        content_type="application/json",
        CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked",
        **{"wsgi.input": stream},
    )
    refused(response, 413, "payload_too_large")
    assert stream.tell() < 100_000


def test_form_with_too_many_fields_is_malformed(anonymous_api):
    body = "&".join(f"a{number}=1" for number in range(5000))
    response = anonymous_api().generic("POST", ECHO, body, content_type="application/x-www-form-urlencoded")
    refused(response, 400, "malformed")


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data; name=\r\n\r\na\r\n--x--", b"\x00" * 50]
)
def test_broken_multipart_is_refused(anonymous_api, body):
    response = anonymous_api().generic("POST", ECHO, body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 400
    assert not response.json()["success"]


def test_multipart_without_boundary_is_malformed(anonymous_api):
    response = anonymous_api().generic("POST", ECHO, b"a", content_type="multipart/form-data")
    refused(response, 400, "malformed")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode("utf-8", "replace")),
    st.fixed_dictionaries(
        {"title": json_values}, optional={"items": json_values, "extra": json_values, "ids": json_values}
    ).map(lambda value: json.dumps(value).encode("utf-8", "replace")),
)


@hypothesis_settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=bodies, query=st.text(st.characters(max_codepoint=255), max_size=40))
@example(body=b"{}", query="page_size=\xb2")
def test_whatever_is_sent_is_read_or_refused(anonymous_api, body, query):
    response = anonymous_api().generic("POST", ECHO, body, content_type="application/json", QUERY_STRING=query)
    answer = response.json()
    assert response.status_code in {201, 400}, answer
    assert answer["success"] == (response.status_code == 201)
