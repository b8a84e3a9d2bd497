"""Which apps live in the public schema, which in every organisation's, and what each request passes through."""

SHARED_APPS = [
    "django_tenants",
    "config",
    "tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "config.admin_site.StudioAdminConfig",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_celery_results",
    "django_celery_beat",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "auditlog",
    "audit",
]

TENANT_APPS = [
    "django.contrib.contenttypes",
    "guardian",
    "collaboration",
    "projects",
    "generation",
    "auditlog",
    "audit",
]

INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_NAME = "public"
# How the kernel, which knows no app, finds an organisation by its schema: (schema_name) -> object with is_active, or
# None.
TENANT_DIRECTORY = "tenants.selectors.directory.tenant_by_schema"
TENANT_LIMIT_SET_CALLS = True
SHOW_PUBLIC_IF_NO_TENANT_FOUND = False
HAS_MULTI_TYPE_TENANTS = False

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Django's CommonMiddleware is left out: it would refuse `/health` asked for by address, and does nothing else here.
MIDDLEWARE = [
    "config.kernel.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tenants.api.middleware.TenantMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
