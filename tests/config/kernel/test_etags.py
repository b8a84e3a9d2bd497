"""Preconditions by ETag, and the syntax of idempotency keys."""

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from config.kernel.api.etags import etag_of, if_match, not_modified
from config.kernel.api.idempotency import idempotency_key, request_fingerprint
from config.kernel.errors import Malformed, PreconditionRequired

CURRENT = etag_of("0191e5a0-1111-7222-8333-944455556666", 3)
OTHER = etag_of("0191e5a0-1111-7222-8333-944455556666", 4)


def asking(path="/x", method="PATCH", **headers):
    return Request(
        APIRequestFactory().generic(method, path, **{f"HTTP_{name}": text for name, text in headers.items()})
    )


@pytest.mark.parametrize("header", [CURRENT, f"{OTHER}, {CURRENT}", f'"x" , {CURRENT}', f"  {CURRENT}  "])
def test_if_match_that_names_the_version_matches(header):
    assert if_match(asking(IF_MATCH=header), CURRENT)


@pytest.mark.parametrize("header", [OTHER, f"W/{CURRENT}", '""', '"x","y"'])
def test_if_match_that_names_another_version_does_not_match(header):
    assert not if_match(asking(IF_MATCH=header), CURRENT)


@pytest.mark.parametrize("headers", [{}, {"IF_MATCH": ""}, {"IF_MATCH": "*"}])
def test_write_that_names_no_version_is_refused(headers):
    with pytest.raises(PreconditionRequired):
        if_match(asking(**headers), CURRENT)


@pytest.mark.parametrize("header", ["3", CURRENT.strip('"'), CURRENT[:-1], '"a" b', "W/", ",", '"a"; "b"'])
def test_if_match_that_is_no_list_of_etags_is_malformed(header):
    with pytest.raises(Malformed):
        if_match(asking(IF_MATCH=header), CURRENT)


@pytest.mark.parametrize(
    ("header", "same"),
    [(CURRENT, True), (f"W/{CURRENT}", True), ("*", True), (OTHER, False), (f"{OTHER}, {CURRENT}", True), ("", False)],
)
def test_if_none_match_compares_weakly(header, same):
    assert not_modified(asking(method="GET", IF_NONE_MATCH=header), CURRENT) is same


@pytest.mark.parametrize(("given", "key"), [("abc", "abc"), ('"abc"', "abc"), (" a-1 ", "a-1"), ("k" * 200, "k" * 200)])
def test_idempotency_key_is_read(given, key):
    assert idempotency_key(asking(IDEMPOTENCY_KEY=given)) == key


def test_request_without_idempotency_key_has_none():
    assert idempotency_key(asking()) == ""


@pytest.mark.parametrize("given", ["", '""', "a b", "é", "k" * 201, 'a"b', "a\\b", "\x00"])
def test_idempotency_key_of_another_form_is_malformed(given):
    with pytest.raises(Malformed):
        idempotency_key(asking(IDEMPOTENCY_KEY=given))


def test_fingerprint_is_that_of_the_request_whatever_its_spelling():
    first = request_fingerprint(asking(), {"a": 1, "b": [2]})
    assert first == request_fingerprint(asking(), {"b": [2], "a": 1})
    assert (
        len({first, request_fingerprint(asking(), {"a": 2}), request_fingerprint(asking("/y"), {"a": 1, "b": [2]})})
        == 3
    )
