"""The environment, read once and checked: every knob of the studio with its type, default and sentence.

`python manage.py settings_table` prints the table of `docs/operations/settings.md` from these fields.
"""

import os
import re
import sys
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.env_complaints import strangers, wrong_values

BASE_DIR = Path(__file__).resolve().parent.parent

Network = IPv4Network | IPv6Network
CommaSeparated = Annotated[list[str], NoDecode]
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class Environment(BaseSettings):
    """The environment variables that the studio understands."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", env_file=None, frozen=True)

    # The service.
    SECRET_KEY: str = Field(
        "",
        description="Signs sessions and forms. 50 characters or more in production. Embedded: made "
        "once and kept in the data directory.",
    )
    ALLOWED_HOSTS: CommaSeparated = Field(
        [],
        description="Hosts that are answered, beside the base domain and its subdomains. Production refuses `*`.",
    )
    BASE_DOMAIN: str = Field(
        "localhost",
        description="The platform's host; an organisation answers at `<slug>.<BASE_DOMAIN>`.",
    )
    PUBLIC_SCHEME: Literal["http", "https"] = Field(
        "http",
        description="The scheme in links that leave the studio. `https` in production.",
    )
    PUBLIC_PORT: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The port in links that leave the studio, when it is not the scheme's own.",
    )
    CLIENT_URL: str = Field(
        "",
        description="Where the pages of your client begin, for example `https://write.example.org`; mails link to "
        "`<CLIENT_URL>/<purpose>#<token>`. Unset: mails hold the token alone.",
    )
    REQUEST_BODY_MAX_BYTES: int = Field(
        5 * 1024 * 1024,
        ge=1024,
        description="Largest request body, in bytes; more answers 413.",
    )

    # Data.
    STUDIO_DATA_DIR: Path = Field(
        BASE_DIR / ".novella",
        description="Where the embedded servers, secrets, mail and logs live.",
    )
    STUDIO_PORT: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The embedded studio's web port. Unset: 8000, or a free one when that is taken.",
    )
    DATABASE_URL: str = Field(
        "",
        description="`postgres://user:password@host:port/name`. Unset: the embedded PostgreSQL of the data directory.",
    )
    DATABASE_POOL_MIN: int = Field(
        1,
        ge=0,
        description="Connections that each web process keeps open.",
    )
    DATABASE_POOL_MAX: int = Field(
        8,
        ge=1,
        description="Connections that each web process opens at most.",
    )
    DATABASE_POOL_MAX_LIFETIME_S: int = Field(
        1800,
        ge=60,
        description="Seconds after which a pooled connection is replaced (a backend never gives back "
        "what it learnt of each schema).",
    )
    REDIS_URL: str = Field(
        "",
        description="`redis://:password@host:port`. Unset: the embedded Valkey of the data directory.",
    )
    QUEUE_BACKEND_URL: str = Field(
        "",
        description="The broker's URL. Unset: database 0 of REDIS_URL.",
    )

    # Processes.
    WEB_PROCESSES: int = Field(
        1,
        ge=1,
        le=64,
        description="Web processes of the launcher.",
    )
    WEB_THREADS: int = Field(
        8,
        ge=1,
        le=256,
        description="Requests that one web process answers side by side.",
    )
    WORKER_ENABLED: bool = Field(
        True,
        description="Whether the launcher starts workers. Off: jobs stay queued until a worker runs elsewhere.",
    )
    WORKER_CONCURRENCY_GENERATION: int = Field(
        2,
        ge=1,
        le=256,
        description="Jobs of the generation queues that one worker runs side by side.",
    )
    WORKER_CONCURRENCY_INDEXING: int = Field(
        1,
        ge=1,
        le=256,
        description="The same for the indexing queue.",
    )
    WORKER_CONCURRENCY_MAINTENANCE: int = Field(
        1,
        ge=1,
        le=256,
        description="The same for the maintenance queue.",
    )
    CELERY_DB_REUSE_MAX: int = Field(
        100,
        ge=1,
        description="Tasks after which a worker process replaces its database connection.",
    )
    JOB_LEASE_S: int = Field(
        60,
        ge=3,
        le=3600,
        description="Seconds that a worker's claim on a job lives without a heartbeat.",
    )
    JOB_SWEEP_S: int = Field(
        15,
        ge=1,
        le=600,
        description="Seconds between two sweeps for lost jobs.",
    )
    JOB_MAX_ATTEMPTS: int = Field(
        3,
        ge=1,
        le=20,
        description="Lost attempts after which a job is dead.",
    )

    JOB_RESCAN_S: int = Field(
        60,
        ge=1,
        le=86400,
        description="Seconds between two sweeps that visit every organisation, not only those known to have jobs.",
    )
    PROVIDER_RETRIES: int = Field(
        3,
        ge=0,
        le=20,
        description="How often a provider call is tried again after a temporary error.",
    )
    PROVIDER_RETRY_BASE_S: float = Field(
        2.0,
        gt=0,
        le=60,
        description="Seconds of the first wait before a provider is asked again; each further wait doubles, "
        "with jitter.",
    )

    # Organisations.
    ORGANISATION_GRACE_DAYS: int = Field(
        30,
        ge=0,
        le=3650,
        description="Days between deleting an organisation and purging its data; until then it can be resumed.",
    )

    # Sign-in.
    ACCESS_TOKEN_TTL_S: int = Field(
        300,
        ge=30,
        le=3600,
        description="Seconds that an access token lives.",
    )
    REFRESH_TOKEN_TTL_S: int = Field(
        30 * 86400,
        ge=300,
        description="Seconds that a refresh token lives; a session that is not used for so long ends.",
    )
    REFRESH_SESSION_TTL_S: int = Field(
        90 * 86400,
        ge=300,
        description="Seconds after sign-in when a session ends, however much it is used.",
    )
    REFRESH_ROTATION_ENABLED: bool = Field(
        True,
        description="Whether a refresh spends its token and answers the next one. Off: one token for the whole "
        "session, and REFRESH_REUSE_DETECTION must be off too.",
    )
    REFRESH_REUSE_DETECTION: bool = Field(
        True,
        description="Whether a spent refresh token that comes again closes its sessions and tells the person by mail. "
        "Off: it is only refused.",
    )
    JWT_PRIVATE_KEYS: Path | None = Field(
        None,
        description="A file of PEM private keys (RSA, 2048 bits or more); the first signs, all "
        "verify. Unset: made once and kept in the data directory.",
    )

    # Limits.
    TRUSTED_PROXIES: Annotated[list[Network], NoDecode] = Field(
        [],
        description="Addresses or networks (CIDR) of your own proxies. Only what they say in `X-Forwarded-For` counts "
        "as the client's address. Unset: the header is ignored.",
    )
    RATE_LIMIT_BACKEND: Literal["redis", "off"] = Field(
        "redis",
        description="Where requests are counted. `off`: no rate limits at all, the throttle of sign-in included.",
    )
    RATE_LIMIT_REDIS_URL: str = Field(
        "",
        description="The counters' Redis or Valkey (one primary; no cluster). Unset: database 1 of REDIS_URL.",
    )
    RATE_LIMIT_POLICIES: str = Field(
        "",
        description="Changes to the table of docs/operations/limits.md: `NAME=LIMIT/SECONDS`, `NAME=off`, "
        "`NAME=shadow`, `NAME=enforce` or `NAME=LIMIT/SECONDS:MODE`, with commas between.",
    )
    QUOTA_DEFAULTS: str = Field(
        "",
        description="Quotas of organisations that have none of their own: `SCOPE.KIND=NUMBER`, with commas between, "
        "such as `organisation.tokens=1000000,person.running_jobs=3`. Unset: no limit.",
    )

    # Browsers.
    SECURITY_HEADERS_STRICT: bool = Field(
        True,
        description="Whether browsers enforce the content security policy and remember HTTPS for a year, subdomains "
        "included. Off, to try things out: violations are only shown in the console, HTTPS is remembered for an hour.",
    )
    CORS_ALLOWED_ORIGINS: CommaSeparated = Field(
        [],
        description="Origins whose pages may call the API with a token, such as `https://write.example.org`. Cookies "
        "are never taken from them. Unset: the studio's own alone.",
    )

    # Features.
    FEATURE_FLAGS_BACKEND: Literal["database", "defaults"] = Field(
        "database",
        description="Where feature flags are decided: by the rules in the database, or by the defaults in the code "
        "alone.",
    )
    FEATURE_FLAGS_CACHE_TTL: float = Field(
        3.0,
        gt=0,
        le=300,
        description="Seconds that a process trusts the flags' rules it knows; so long a change may go unnoticed.",
    )

    # The operator's language model.
    LLM_BASE_URL: str = Field(
        "",
        description="An OpenAI-compatible endpoint, for example `http://127.0.0.1:11434/v1`. Unset: "
        "the scaffold provider, which needs no model.",
    )
    LLM_API_KEY: str = Field(
        "",
        description="The endpoint's key, where it wants one.",
    )
    LLM_MODEL: str = Field(
        "",
        description="The model's name at that endpoint.",
    )
    LLM_TIMEOUT_S: float = Field(
        300.0,
        gt=0,
        le=3600,
        description="Seconds for one whole completion.",
    )
    LLM_FIRST_TOKEN_TIMEOUT_S: float = Field(
        60.0,
        gt=0,
        le=3600,
        description="Seconds until the first token.",
    )

    # Records.
    AUDIT_ENABLED: bool = Field(
        True,
        description="Record model history and security events.",
    )
    AUDIT_STRICT_MODE: bool = Field(
        False,
        description="Refuse an action whose security event can't be written. Off: the action goes on and "
        "`studio_audit_failures_total` counts.",
    )
    AUDIT_RETENTION_DAYS: int = Field(
        0,
        ge=0,
        le=36500,
        description="Days that security events and model history are kept, where an organisation has no figure of its "
        "own. 0: for ever.",
    )
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        description="The least severe line that is logged.",
    )
    LOG_FORMAT: Literal["json", "console"] = Field(
        "json",
        description="`json` for machines, `console` for people.",
    )
    METRICS_TOKEN: str = Field(
        "",
        description="Bearer token that `/metrics` and `/health/detailed` ask for from elsewhere than "
        "loopback. Unset: loopback only.",
    )
    HEALTH_QUEUE_WAIT_MAX_S: int = Field(
        900,
        ge=1,
        description="Seconds that the oldest queued job may wait before `/health/detailed` is degraded.",
    )
    HEALTH_DISK_FREE_MIN_MB: int = Field(
        512,
        ge=0,
        description="Megabytes that the data directory's disk has to have left before `/health/detailed` is degraded.",
    )
    HEALTH_MEMORY_FREE_MIN_MB: int = Field(
        128,
        ge=0,
        description="Megabytes of memory that have to be available before `/health/detailed` is degraded.",
    )
    PROMETHEUS_MULTIPROC_DIR: str = Field(
        "",
        description="Directory that the processes share their metrics through, emptied by the launcher. Unset: one in "
        "the data directory; without the launcher, each process shows its own.",
    )

    @field_validator("ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Lists are written with commas."""
        return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value

    @field_validator("CORS_ALLOWED_ORIGINS")
    @classmethod
    def _origins(cls, value: list[str]) -> list[str]:
        """An origin is scheme, host and port; browsers send no path, so one with a path would never match."""
        for origin in value:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"expected https://host or http://host:port, without a path or `*`; found {origin!r}")
        return value

    @field_validator("CLIENT_URL")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("expected https://host, with a path where there is one")
        return value

    @field_validator("DATABASE_URL")
    @classmethod
    def _postgres(cls, value: str) -> str:
        if value and not value.startswith(("postgres://", "postgresql://")):
            raise ValueError("expected postgres://user:password@host:port/name")
        return value

    @field_validator("TRUSTED_PROXIES", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        """Each is an address or a network; host bits below the prefix are a slip that would trust too many."""
        if not isinstance(value, str):
            return value
        return [ip_network(item.strip()) for item in value.split(",") if item.strip()]

    @field_validator("REDIS_URL", "QUEUE_BACKEND_URL", "RATE_LIMIT_REDIS_URL")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("expected redis://:password@host:port")
        return value

    @field_validator("JWT_PRIVATE_KEYS")
    @classmethod
    def _key_file(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_file() and os.access(value, os.R_OK)):
            raise ValueError("expected a file of PEM private keys that can be read")
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Values that contradict each other stop the boot."""
        if bool(self.DATABASE_URL) != bool(self.REDIS_URL):
            given, missing = ("DATABASE_URL", "REDIS_URL") if self.DATABASE_URL else ("REDIS_URL", "DATABASE_URL")
            raise ValueError(
                f"{given} is set and {missing} is not; set both (your own servers) or neither (the embedded ones)"
            )
        if self.DATABASE_POOL_MIN > self.DATABASE_POOL_MAX:
            raise ValueError(
                f"DATABASE_POOL_MIN ({self.DATABASE_POOL_MIN}) is above DATABASE_POOL_MAX ({self.DATABASE_POOL_MAX})"
            )
        if self.REFRESH_TOKEN_TTL_S <= self.ACCESS_TOKEN_TTL_S:
            raise ValueError("REFRESH_TOKEN_TTL_S must be above ACCESS_TOKEN_TTL_S")
        if self.REFRESH_SESSION_TTL_S < self.REFRESH_TOKEN_TTL_S:
            raise ValueError(
                f"REFRESH_SESSION_TTL_S ({self.REFRESH_SESSION_TTL_S}) is below REFRESH_TOKEN_TTL_S "
                f"({self.REFRESH_TOKEN_TTL_S}): a token can't outlive its session"
            )
        if self.REFRESH_REUSE_DETECTION and not self.REFRESH_ROTATION_ENABLED:
            raise ValueError(
                "REFRESH_REUSE_DETECTION is on and REFRESH_ROTATION_ENABLED is off: without rotation no token is ever "
                "spent; set both to false, or rotation to true"
            )
        if bool(self.LLM_BASE_URL) != bool(self.LLM_MODEL):
            raise ValueError(
                "LLM_BASE_URL and LLM_MODEL belong together: set both (a model writes) or neither (the scaffold)"
            )
        if self.AUDIT_STRICT_MODE and not self.AUDIT_ENABLED:
            raise ValueError(
                "AUDIT_STRICT_MODE is on and AUDIT_ENABLED is off: nothing would be recorded, and so nothing allowed; "
                "set AUDIT_ENABLED to true, or strict mode to false"
            )
        if self.JOB_SWEEP_S > self.JOB_LEASE_S * 10:
            raise ValueError(
                f"JOB_SWEEP_S ({self.JOB_SWEEP_S}) is more than ten leases (JOB_LEASE_S={self.JOB_LEASE_S})"
            )
        return self


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The checked environment of this process.

    Raises:
        SystemExit: with one line per wrong variable, when any is wrong.
    """
    lines = strangers(os.environ, Environment.model_fields)
    try:
        found = Environment()
    except ValidationError as error:
        lines += wrong_values(error)
    if lines:
        sys.stderr.write("The environment is not right:\n" + "".join(f"  {line}\n" for line in lines))
        raise SystemExit(2)
    return found
