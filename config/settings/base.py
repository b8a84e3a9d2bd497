"""What local, test and production have in common."""

from config.env import BASE_DIR, environment
from config.settings import api, database, limits, logs, queues, security
from config.settings.api import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from config.settings.installed import *  # noqa: F403  (settings are names in a module)
from config.settings.installed import MIDDLEWARE as INNER_MIDDLEWARE
from config.studio.secret_file import load_secrets

ENV = environment()
ADDRESSES = database.addresses(ENV)

# What the operator gives is used; what is missing is made once and kept in the data directory.
SECRET_KEY = ENV.SECRET_KEY or load_secrets(ENV.STUDIO_DATA_DIR).secret_key
DEBUG = False
BASE_DOMAIN = ENV.BASE_DOMAIN
PUBLIC_SCHEME = ENV.PUBLIC_SCHEME
PUBLIC_PORT = ENV.PUBLIC_PORT or ADDRESSES.web_port
CLIENT_URL = ENV.CLIENT_URL
# The tenant middleware decides which hosts exist: the platform's, `<slug>.<base domain>` and every custom domain, which
# are rows; any other answers 404. Django's own list can't know the rows, so it lets every well-formed host pass.
ALLOWED_HOSTS = ["*"]
PLATFORM_HOSTS = [ENV.BASE_DOMAIN, *(host for host in ENV.ALLOWED_HOSTS if not host.startswith("."))]

DATABASES = {"default": database.database(ENV, ADDRESSES.database_url)}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
SERVICES_FOUND = ADDRESSES.found
REDIS_URL = ADDRESSES.redis_url
CACHES = {
    "default": database.cache(
        database.redis_database(ADDRESSES.redis_url, 1), key_function="config.kernel.cache.tenant_key"
    ),
    "global": database.cache(
        database.redis_database(ADDRESSES.redis_url, 1), key_function="config.kernel.cache.global_key"
    ),
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["tenants.api.authentication.EmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIMPLE_JWT = api.simple_jwt(ENV)
JWT_PRIVATE_KEYS_PEM = (
    ENV.JWT_PRIVATE_KEYS.read_text(encoding="ascii")
    if ENV.JWT_PRIVATE_KEYS
    else load_secrets(ENV.STUDIO_DATA_DIR).jwt_private_keys
)
REFRESH_SESSION_TTL_S = ENV.REFRESH_SESSION_TTL_S
REFRESH_ROTATION_ENABLED = ENV.REFRESH_ROTATION_ENABLED
REFRESH_REUSE_DETECTION = ENV.REFRESH_REUSE_DETECTION
LOGIN_URL = "/api-auth/login/"
LOGIN_REDIRECT_URL = "/api/v1/"

# Guardian decides nothing but what its direct rows say: no anonymous user, no global permissions.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_GET_CONTENT_TYPE = "collaboration.services.projection.public_content_type"

AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDIT_ENABLED = ENV.AUDIT_ENABLED
AUDIT_STRICT_MODE = ENV.AUDIT_STRICT_MODE
AUDIT_RETENTION_DAYS = ENV.AUDIT_RETENTION_DAYS

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.STUDIO_DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "config.kernel.api.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = ENV.REQUEST_BODY_MAX_BYTES
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "global"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
PROMPTS_DIR = BASE_DIR / "templates" / "prompts"

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = ENV.STUDIO_DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = f"NovellaForge <studio@{ENV.BASE_DOMAIN}>"

FEATURE_FLAGS_BACKEND = ENV.FEATURE_FLAGS_BACKEND
FEATURE_FLAGS_CACHE_TTL = ENV.FEATURE_FLAGS_CACHE_TTL
LLM_BASE_URL = ENV.LLM_BASE_URL
LLM_API_KEY = ENV.LLM_API_KEY
LLM_MODEL = ENV.LLM_MODEL
LLM_TIMEOUT_S = ENV.LLM_TIMEOUT_S
LLM_FIRST_TOKEN_TIMEOUT_S = ENV.LLM_FIRST_TOKEN_TIMEOUT_S
JOB_LEASE_S = ENV.JOB_LEASE_S
JOB_SWEEP_S = ENV.JOB_SWEEP_S
JOB_MAX_ATTEMPTS = ENV.JOB_MAX_ATTEMPTS
JOB_RESCAN_S = ENV.JOB_RESCAN_S
PROVIDER_RETRIES = ENV.PROVIDER_RETRIES
PROVIDER_RETRY_BASE_S = ENV.PROVIDER_RETRY_BASE_S
ORGANISATION_GRACE_DAYS = ENV.ORGANISATION_GRACE_DAYS
LIMITS = limits.limit_settings(ENV, database.redis_database(ADDRESSES.redis_url, 1))
RATE_LIMIT_POLICIES = LIMITS.policies
RATE_LIMIT_REDIS_URL = LIMITS.redis_url
RATE_LIMIT_TIMEOUT_S = limits.TIMEOUT_SECONDS
RATE_LIMIT_KEY_PREFIX = "nf:"
QUOTA_DEFAULTS = LIMITS.quota_defaults
TRUSTED_PROXIES = ENV.TRUSTED_PROXIES
METRICS_TOKEN = ENV.METRICS_TOKEN
HEALTH_QUEUE_WAIT_MAX_S = ENV.HEALTH_QUEUE_WAIT_MAX_S
HEALTH_DISK_FREE_MIN_MB = ENV.HEALTH_DISK_FREE_MIN_MB
HEALTH_MEMORY_FREE_MIN_MB = ENV.HEALTH_MEMORY_FREE_MIN_MB
STUDIO_DATA_DIR = ENV.STUDIO_DATA_DIR

MIDDLEWARE = security.outermost(ENV, INNER_MIDDLEWARE)
CSP_HEADER = security.policy_header(ENV)
CSP_POLICY = security.CONTENT_SECURITY_POLICY
PERMISSIONS_POLICY = security.PERMISSIONS_POLICY
globals().update(security.security_settings(ENV))
LOGGING = logs.logging_settings(ENV)
globals().update(queues.celery_settings(ENV, database.redis_database(ADDRESSES.redis_url, 0)))
TEST_RUNNER = "django.test.runner.DiscoverRunner"
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # guardian's backend is not among AUTHENTICATION_BACKENDS on purpose: it would grant globally
    "auth.W004",  # e-mails are unique whatever their case, by a constraint on lower(email)
]
