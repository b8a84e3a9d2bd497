"""Names and bounds that several rooms of this app share."""

# Longer ones cost time and protect nobody.
PASSWORD_MAX_CHARACTERS = 1024

CODE_MAX_CHARACTERS = 64

REUSE_NOTICES_TASK = "tenants.session_reuse_notices"
SESSIONS_PURGE_TASK = "tenants.sessions_purge"
ARCHIVES_TASK = "tenants.organisation_exports_make"
LINKS_SEND_TASK = "tenants.links_send"
LINKS_PURGE_TASK = "tenants.links_purge"
PURGE_TASK = "tenants.organisations_purge"
QUOTAS_TIDY_TASK = "tenants.quotas_tidy"

# What security events of accounts and organisations are called.
MEMBER_INVITED, INVITATION_WITHDRAWN, MEMBER_JOINED = "member.invited", "member.invitation_withdrawn", "member.joined"
MEMBER_CHANGED, MEMBER_REMOVED = "member.changed", "member.removed"
PASSWORD_RESET, EMAIL_VERIFIED = "password.reset", "email.verified"
ORGANISATION_SIGNED_UP, ORGANISATION_CLOSED = "organisation.signed_up", "organisation.closed"
ORGANISATION_EXPORTED = "organisation.exported"
SECOND_FACTOR_ENABLED, SECOND_FACTOR_REMOVED = "second_factor.enabled", "second_factor.removed"
SECOND_FACTOR_CODES = "second_factor.recovery_codes_renewed"
SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT = "session.opened", "session.refused", "session.signed_out"
SESSION_REFRESHED, SESSION_REUSED, SESSIONS_ENDED = "session.refreshed", "session.reused", "session.revoked"
PASSWORD_CHANGED, PERSON_DEACTIVATED = "password.changed", "person.deactivated"
OPERATOR_APPOINTED, MEMBER_ADDED = "operator.appointed", "member.added"
ORGANISATION_CREATED, ORGANISATION_RENAMED = "organisation.created", "organisation.renamed"
ORGANISATION_SUSPENDED, ORGANISATION_RESUMED = "organisation.suspended", "organisation.resumed"
ORGANISATION_DELETED, ORGANISATION_PURGED = "organisation.deleted", "organisation.purged"
DOMAIN_ADDED, DOMAIN_REMOVED = "organisation.domain_added", "organisation.domain_removed"
ACCOUNT_ACTIONS = (
    SIGNED_IN,
    SIGN_IN_FAILED,
    SIGNED_OUT,
    SESSION_REFRESHED,
    SESSION_REUSED,
    SESSIONS_ENDED,
    PASSWORD_CHANGED,
    PERSON_DEACTIVATED,
    OPERATOR_APPOINTED,
    MEMBER_ADDED,
    ORGANISATION_CREATED,
    ORGANISATION_RENAMED,
    ORGANISATION_SUSPENDED,
    ORGANISATION_RESUMED,
    ORGANISATION_DELETED,
    ORGANISATION_PURGED,
    DOMAIN_ADDED,
    DOMAIN_REMOVED,
    MEMBER_INVITED,
    INVITATION_WITHDRAWN,
    MEMBER_JOINED,
    MEMBER_CHANGED,
    MEMBER_REMOVED,
    PASSWORD_RESET,
    EMAIL_VERIFIED,
    ORGANISATION_SIGNED_UP,
    ORGANISATION_CLOSED,
    ORGANISATION_EXPORTED,
    SECOND_FACTOR_ENABLED,
    SECOND_FACTOR_REMOVED,
    SECOND_FACTOR_CODES,
)

# The schema that every organisation is copied from. No organisation can have this name.
TEMPLATE_SCHEMA = "template_organisation"
