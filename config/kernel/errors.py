"""Errors as nouns with a code. A room raises them; HTTP is drawn once, in `config.kernel.api.errors`.

Every code of the API contract has its class here or, when it is an app's own noun, in that app's `exceptions.py`.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _


class AppError(Exception):
    """Something the product refuses, with a stable code for programs and a sentence for people."""

    code: str = "error"
    status: int = 400
    default_message: Any = _("The request could not be carried out.")

    def __init__(self, message: Any = None, *, details: dict[str, Any] | None = None) -> None:
        """Keep the sentence (the class's own when none is given) and the machine-readable details."""
        self.message = self.default_message if message is None else message
        self.details: dict[str, Any] = details or {}
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to this error; most have none."""
        return {}


class ValidationFailed(AppError):
    """Input of the right shape with wrong values; `details.fields` names each."""

    code, status = "validation_failed", 400
    default_message = _("Some fields are not valid.")

    @classmethod
    def field(cls, name: str, *messages: Any) -> "ValidationFailed":
        """One field's complaint in the shape of the contract."""
        return cls(details={"fields": {name: [str(message) for message in messages]}})


class Malformed(AppError):
    """Input that can't be read at all."""

    code, status = "malformed", 400
    default_message = _("The request could not be read.")


class AuthenticationFailed(AppError):
    """No credentials, or wrong ones."""

    code, status = "authentication_failed", 401
    default_message = _("Sign in first.")

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 asks every 401 to name the scheme."""
        return {"WWW-Authenticate": 'Bearer realm="api"'}


class TokenInvalid(AuthenticationFailed):
    """A token we did not issue, or one that was altered."""

    code = "token_invalid"
    default_message = _("This token is not valid here.")


class TokenExpired(AuthenticationFailed):
    """A token past its time."""

    code = "token_expired"
    default_message = _("This token has expired.")


class TokenReused(AuthenticationFailed):
    """A refresh token spent before."""

    code = "token_reused"
    default_message = _("This refresh token was used before; the session is closed.")


class SessionRevoked(AuthenticationFailed):
    """A session that was signed out."""

    code = "session_revoked"
    default_message = _("This session was signed out.")


class TenantMismatch(AuthenticationFailed):
    """Host, header, claim and membership do not agree."""

    code = "tenant_mismatch"
    default_message = _("These credentials do not belong to this organisation.")


class BudgetExhausted(AppError):
    """A budget or quota of money or tokens is used up."""

    code, status = "budget_exhausted", 402
    default_message = _("The budget is used up.")


class PermissionDenied(AppError):
    """Visible, but not yours to do."""

    code, status = "permission_denied", 403
    default_message = _("You may not do this.")


class TenantSuspended(AppError):
    """The organisation is suspended or being deleted."""

    code, status = "tenant_suspended", 403
    default_message = _("This organisation is suspended.")


class FeatureDisabled(AppError):
    """A feature flag is off for this caller."""

    code, status = "feature_disabled", 403
    default_message = _("This feature is switched off.")


class NotFound(AppError):
    """Missing, or not visible: the two answer alike, byte for byte."""

    code, status = "not_found", 404
    default_message = _("There is nothing here.")


class MethodNotAllowed(AppError):
    """The address exists, the method does not."""

    code, status = "method_not_allowed", 405
    default_message = _("This address does not know that method.")


class NotAcceptable(AppError):
    """No representation the client accepts."""

    code, status = "not_acceptable", 406
    default_message = _("The answer can't be given in the format asked for.")


class Conflict(AppError):
    """The state of things does not allow it now."""

    code, status = "conflict", 409
    default_message = _("This conflicts with the present state.")


class IdempotencyInProgress(Conflict):
    """The first request with this key still runs."""

    code = "idempotency_in_progress"
    default_message = _("A request with this idempotency key is still running.")


class VersionConflict(AppError):
    """The thing changed since the client read it."""

    code, status = "version_conflict", 412
    default_message = _("Somebody changed this in the meantime.")


class PayloadTooLarge(AppError):
    """The body exceeds the limit."""

    code, status = "payload_too_large", 413
    default_message = _("The request body is too large.")


class UnsupportedMediaType(AppError):
    """The body is of a type that is not understood."""

    code, status = "unsupported_media_type", 415
    default_message = _("Send the body as application/json.")


class IdempotencyMismatch(AppError):
    """The key was used before with another body."""

    code, status = "idempotency_mismatch", 422
    default_message = _("This idempotency key was used before with another request.")


class Locked(AppError):
    """Somebody else holds the edit lease."""

    code, status = "locked", 423
    default_message = _("Somebody else is editing this.")


class PreconditionRequired(AppError):
    """A write that needs `If-Match` came without."""

    code, status = "precondition_required", 428
    default_message = _("Send If-Match with the ETag of the version you read.")


class RateLimited(AppError):
    """Too many requests; `retry_after_seconds` says when to come back."""

    code, status = "rate_limited", 429
    default_message = _("Too many requests.")

    def __init__(self, message: Any = None, *, retry_after_seconds: int, limit: int) -> None:
        """Keep the figures that the `Retry-After` and `RateLimit-*` headers show."""
        super().__init__(message, details={"retry_after": retry_after_seconds})
        self.retry_after_seconds = retry_after_seconds
        self.limit = limit

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After` and the rate limit headers of the contract."""
        wait = str(self.retry_after_seconds)
        return {
            "Retry-After": wait,
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": wait,
        }


class InternalError(AppError):
    """A fault of ours. The sentence never carries the cause; the log does."""

    code, status = "internal_error", 500
    default_message = _("Something went wrong on our side.")


class Degraded(AppError):
    """A part that this request needs is down."""

    code, status = "degraded", 503
    default_message = _("A part of the service is not available now.")
