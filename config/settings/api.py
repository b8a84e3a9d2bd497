"""DRF, its schema and its sign-in."""

from datetime import timedelta
from typing import Any

from config.env import Environment

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api.authentication.BearerAuthentication",
        "tenants.api.authentication.HostSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.access.SignedInHere"],
    "DEFAULT_RENDERER_CLASSES": [
        "config.kernel.api.envelope.EnvelopeRenderer",
        "config.kernel.api.browsable.StudioBrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "config.kernel.api.parsers.StrictJsonParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "config.kernel.api.pagination.CursorPage",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.kernel.api.schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "config.kernel.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "NovellaForge API",
    "DESCRIPTION": "People and language models writing long texts together. "
    "The version is frozen: changes add, they never rename or remove.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.kernel.api.schema.describe_contract",
    ],
    "ENABLE_LIST_MECHANICS_ON_NON_2XX": False,
    # Fields of one name with different choices need names of their own.
    "ENUM_NAME_OVERRIDES": {
        "ProjectKind": "projects.choices.ProjectKind",
        "ProjectStatus": "projects.choices.ProjectStatus",
        "DocumentKind": "projects.choices.DocumentKind",
        "DocumentStatus": "projects.choices.DocumentStatus",
        "TaskStatus": "projects.choices.TaskStatus",
        "ExportFormat": "projects.choices.ExportFormat",
        "JobStatus": "generation.choices.JobStatus",
        "StepStatus": "generation.choices.StepStatus",
        "MemberRole": "tenants.choices.MemberRole",
        "TenantStatus": "tenants.choices.TenantStatus",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
}


def simple_jwt(env: Environment) -> dict[str, Any]:
    """SimpleJWT's settings. Keys and their ids come from `tenants.tokens`."""
    return {
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=env.ACCESS_TOKEN_TTL_S),
        "REFRESH_TOKEN_LIFETIME": timedelta(seconds=env.REFRESH_TOKEN_TTL_S),
        "ALGORITHM": "RS256",
        "ISSUER": "novellaforge",
        "AUDIENCE": "novellaforge-api",
        "USER_ID_FIELD": "id",
        "USER_ID_CLAIM": "sub",
        "UPDATE_LAST_LOGIN": False,
    }
