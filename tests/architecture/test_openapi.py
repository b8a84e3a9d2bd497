"""The API's document: complete, committed, and only ever growing."""

import pytest
import yaml
from django.conf import settings
from drf_spectacular.validation import validate_schema

from config.front.compatibility import breaking_changes
from config.front.document import committed_document, committed_path, generated_text

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def document():
    """The document of the present code; views it can't describe are an error."""
    return yaml.safe_load(generated_text())


@pytest.fixture(scope="module")
def operations(document):
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_document_is_committed_as_generated():
    assert committed_path().read_text() == generated_text(), "run `make openapi` and commit docs/api/openapi.yaml"


def test_code_breaks_no_client_of_the_committed_document(document):
    assert breaking_changes(committed_document(), document) == []


def test_document_is_valid(document):
    validate_schema(document)


def test_every_operation_says_what_it_does(operations):
    assert [name for name, found in operations.items() if not found.get("description")] == []


def test_every_json_answer_is_wrapped(operations):
    bare = []
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if (
                status.startswith("2")
                and schema is not None
                and set(schema.get("required", ())) != {"success", "data", "error"}
            ):
                bare.append(f"{name}: {status}")
    assert bare == []


def test_every_list_is_paged(operations):
    unpaged = []
    for name, operation in operations.items():
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("properties", {}).get("data", {}).get("type") == "array":
            unpaged.append(name)
    assert unpaged == []


def test_every_error_answer_is_described_once(document, operations):
    described = document["components"]["responses"]
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if not status.startswith(("2", "3")):
                assert answer == {"$ref": f"#/components/responses/Error{status}"}, f"{name}: {status}"
                assert f"Error{status}" in described


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (400, {"validation_failed", "malformed"}),
        (
            401,
            {
                "authentication_failed",
                "token_invalid",
                "token_expired",
                "token_reused",
                "session_revoked",
                "tenant_mismatch",
            },
        ),
        (403, {"permission_denied", "tenant_suspended"}),
        (404, {"not_found"}),
        (409, {"conflict", "tenant_required", "job_active", "job_state", "idempotency_in_progress"}),
        (412, {"version_conflict"}),
        (428, {"precondition_required"}),
        (413, {"payload_too_large"}),
        (415, {"unsupported_media_type"}),
        (422, {"idempotency_mismatch"}),
        (423, {"locked"}),
        (503, {"degraded"}),
    ],
)
def test_codes_of_the_contract_are_described(document, status, codes):
    schema = document["components"]["responses"][f"Error{status}"]["content"]["application/json"]["schema"]
    assert codes <= set(schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"])


def test_schema_and_documentation_are_served_without_the_network(in_acme, anonymous_api):
    client = anonymous_api(in_acme)
    assert client.get("/api/schema").status_code == 200
    page = client.get("/api/docs", HTTP_ACCEPT="text/html").content.decode()
    assert "drf_spectacular_sidecar" in page
    addresses = [word for word in page.replace("'", '"').split('"') if word.startswith(("http://", "https://", "//"))]
    assert [address for address in addresses if "testserver" not in address] == []
    assert settings.SPECTACULAR_SETTINGS["SWAGGER_UI_DIST"] == "SIDECAR"
