"""What browsers are told: policies in headers, and which other origins may call the API."""

from typing import Any

from config.env import Environment

YEAR_SECONDS, HOUR_SECONDS = 365 * 86400, 3600

# `{nonce}` stands where a page's own inline style or script is named; empty when it has none. Style attributes are
# allowed: the framework's templates use them, and they run nothing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'{nonce}; style-src 'self'{nonce}; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get",
        "screen-wake-lock", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
CORS_REQUEST_HEADERS = (
    "accept", "accept-language", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match",
    "x-request-id", "x-tenant",
)  # fmt: skip
CORS_RESPONSE_HEADERS = (
    "content-disposition", "etag", "location", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset",
    "retry-after", "x-request-id",
)  # fmt: skip
HEADERS_MIDDLEWARE = "config.front.headers.HeadersMiddleware"
CORS_MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"


def outermost(env: Environment, middleware: list[str]) -> list[str]:
    """The middleware with the headers around it: errors that the others make carry them too.

    Without other origins nothing is asked about them.
    """
    return [HEADERS_MIDDLEWARE, *([CORS_MIDDLEWARE] if env.CORS_ALLOWED_ORIGINS else []), *middleware]


def policy_header(env: Environment) -> str:
    """The header of the content security policy: one that browsers enforce, or one that only has them complain."""
    return "Content-Security-Policy" if env.SECURITY_HEADERS_STRICT else "Content-Security-Policy-Report-Only"


def security_settings(env: Environment) -> dict[str, Any]:
    """The settings of the headers, wherever the studio runs."""
    return {
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        # Tokens travel in headers of other origins' scripts; cookies never do.
        "CORS_ALLOWED_ORIGINS": env.CORS_ALLOWED_ORIGINS,
        "CORS_ALLOW_CREDENTIALS": False,
        "CORS_URLS_REGEX": r"^/api/",
        "CORS_ALLOW_METHODS": ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"),
        "CORS_ALLOW_HEADERS": CORS_REQUEST_HEADERS,
        "CORS_EXPOSE_HEADERS": CORS_RESPONSE_HEADERS,
        "CORS_PREFLIGHT_MAX_AGE": HOUR_SECONDS,
    }


def encrypted_only(env: Environment) -> dict[str, Any]:
    """Production's settings: browsers come by HTTPS, remember it, and send cookies no other way."""
    strict = env.SECURITY_HEADERS_STRICT
    return {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_REDIRECT_EXEMPT": [r"^health$"],
        "SECURE_HSTS_SECONDS": YEAR_SECONDS if strict else HOUR_SECONDS,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": strict,
        "SECURE_HSTS_PRELOAD": strict,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
    }
