"""The OpenAPI document: drf-spectacular with the envelope around every answer, and the errors described once."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.utils import translation
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

from config.kernel.errors import AppError

JSON = "application/json"
BEARER, SESSION = "bearer", "session"

_TENANT_HEADER = {
    "name": "X-Tenant",
    "in": "header",
    "required": False,
    "description": "The organisation's slug, on the platform's host. Unset: the organisation of the token.",
    "schema": {"type": "string", "maxLength": 63},
}

_LIMIT_HEADERS = {
    "Retry-After": "Seconds until the next request is admitted.",
    "RateLimit-Limit": "Requests that the limit admits in its period.",
    "RateLimit-Remaining": "Requests left of it now. On every answer of a limited call.",
    "RateLimit-Reset": "Seconds until all of it is there again.",
}


def envelope_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a successful answer whose `data` is `schema`."""
    return {
        "type": "object",
        "required": ["success", "data", "error"],
        "properties": {"success": {"const": True}, "data": schema, "error": {"type": "null"}},
    }


class EnvelopeSchema(AutoSchema):
    """Describes answers as clients see them: in the envelope, with every error that the operation may give."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        """The operation, with references to the error answers."""
        operation: dict[str, Any] | None = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        for status in _errors_of(operation, path, needs_tenant=self._needs_tenant(), limited=self._is_limited()):
            operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/Error{status}"})
        return operation

    def get_auth(self) -> list[dict[str, Any]]:
        """Token or session; nothing where the view lets everybody in."""
        open_to_all = any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
        signed_in: list[dict[str, Any]] = [{BEARER: []}, {SESSION: []}] if self.view.get_authenticators() else []
        return [*signed_in, {}] if open_to_all and signed_in else signed_in

    def _needs_tenant(self) -> bool:
        return bool(getattr(self.view, "tenant_required", False))

    def _is_limited(self) -> bool:
        return getattr(self.view, "limit_group", "") != ""

    def _get_parameters(self) -> list[dict[str, Any]]:
        found = list(super()._get_parameters())
        return [*found, {"$ref": "#/components/parameters/Tenant"}] if self._needs_tenant() else found

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> dict[str, Any]:
        answer: dict[str, Any] = super()._get_response_for_code(serializer, status_code, media_types, direction)  # type: ignore[no-untyped-call]
        content = answer.get("content", {})
        if JSON in content and str(status_code).startswith("2"):
            content[JSON]["schema"] = envelope_of(content[JSON].get("schema", {}))
        return answer


def _errors_of(operation: dict[str, Any], path: str, *, needs_tenant: bool, limited: bool) -> Iterator[int]:
    """The statuses with which this operation may refuse, by what it takes."""
    names = {parameter.get("name") for parameter in operation.get("parameters", [])}
    has_body = "requestBody" in operation
    if has_body or names:
        yield 400
    if operation.get("security") or has_body:
        yield from (401, 403)
    if "{" in path:
        yield 404
    if needs_tenant or has_body:
        yield 409
    if "If-Match" in names:
        yield from (412, 423, 428)
    if has_body:
        yield from (413, 415)
    if "Idempotency-Key" in names:
        yield from (402, 422)
    if limited:
        yield 429
    yield 503


def _errors_by_status() -> dict[int, dict[str, str]]:
    """Every code that the product knows, with its sentence, by status. Faults of ours are not part of the contract."""
    found: dict[int, dict[str, str]] = {}
    waiting: list[type[AppError]] = [AppError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        named = "code" in vars(kind) or kind.code not in found.get(kind.status, {})
        if kind is not AppError and kind.status != HTTPStatus.INTERNAL_SERVER_ERROR and named:
            found.setdefault(kind.status, {}).setdefault(kind.code, str(kind.default_message))
    return {status: dict(sorted(codes.items())) for status, codes in sorted(found.items())}


def _error_answer(status: int, codes: dict[str, str]) -> dict[str, Any]:
    lines = [f"* `{code}`: {sentence}" for code, sentence in codes.items()]
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": list(codes)}}}}}
    answer: dict[str, Any] = {
        "description": "\n".join([HTTPStatus(status).phrase, "", *lines]),
        "content": {JSON: {"schema": {"allOf": [{"$ref": "#/components/schemas/Failure"}, narrowed]}}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer["headers"] = {
            name: {"description": text, "schema": {"type": "integer"}} for name, text in _LIMIT_HEADERS.items()
        }
    return answer


FAILURE: dict[str, Any] = {
    "type": "object",
    "required": ["success", "data", "error"],
    "properties": {
        "success": {"const": False},
        "data": {"type": "null"},
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable; for programs."},
                "message": {"type": "string", "description": "For people, in the language of `Accept-Language`."},
                "details": {
                    "type": "object",
                    "description": "By code; `validation_failed` has `fields`: lists of sentences by dotted name.",
                    "additionalProperties": True,
                },
                "request_id": {"type": "string", "format": "uuid", "description": "As in `X-Request-ID`."},
            },
        },
    },
}


def describe_contract(result: dict[str, Any], **_known: Any) -> dict[str, Any]:
    """The hook that adds what every operation shares: errors, sign-in, the organisation's header."""
    components = result.setdefault("components", {})
    with translation.override("en"):
        answers = {f"Error{status}": _error_answer(status, codes) for status, codes in _errors_by_status().items()}
    components.setdefault("schemas", {})["Failure"] = FAILURE
    components["responses"] = answers
    components["parameters"] = {"Tenant": _TENANT_HEADER}
    components["securitySchemes"] = {
        BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        SESSION: {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    }
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            known = {
                name: answer for name, answer in operation.get("responses", {}).items() if _is_known(answer, answers)
            }
            operation["responses"] = dict(sorted(known.items()))
    return result


def _is_known(answer: dict[str, Any], answers: dict[str, Any]) -> bool:
    """Whether an answer is described; no code of the product may have that status yet."""
    reference = answer.get("$ref", "")
    return not reference or reference.rpartition("/")[2] in answers
