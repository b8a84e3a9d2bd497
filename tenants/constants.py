"""Names and bounds that several rooms of this app share."""

# Longer ones cost time and protect nobody.
PASSWORD_MAX_CHARACTERS = 1024

CODE_MAX_CHARACTERS = 64

REUSE_NOTICES_TASK = "tenants.session_reuse_notices"
SESSIONS_PURGE_TASK = "tenants.sessions_purge"
LINKS_SEND_TASK = "tenants.links_send"
LINKS_PURGE_TASK = "tenants.links_purge"
PURGE_TASK = "tenants.organisations_purge"
QUOTAS_TIDY_TASK = "tenants.quotas_tidy"

# What security events of accounts and organisations are called.
MEMBER_INVITED, INVITATION_WITHDRAWN, MEMBER_JOINED = "member.invited", "member.invitation_withdrawn", "member.joined"
MEMBER_CHANGED, MEMBER_REMOVED = "member.changed", "member.removed"
PASSWORD_RESET, EMAIL_VERIFIED = "password.reset", "email.verified"
ORGANISATION_SIGNED_UP = "organisation.signed_up"
SECOND_FACTOR_ENABLED, SECOND_FACTOR_REMOVED = "second_factor.enabled", "second_factor.removed"
SECOND_FACTOR_CODES = "second_factor.recovery_codes_renewed"
ACCOUNT_ACTIONS = (
    MEMBER_INVITED,
    INVITATION_WITHDRAWN,
    MEMBER_JOINED,
    MEMBER_CHANGED,
    MEMBER_REMOVED,
    PASSWORD_RESET,
    EMAIL_VERIFIED,
    ORGANISATION_SIGNED_UP,
    SECOND_FACTOR_ENABLED,
    SECOND_FACTOR_REMOVED,
    SECOND_FACTOR_CODES,
)

# The schema that every organisation is copied from. No organisation can have this name.
TEMPLATE_SCHEMA = "template_organisation"
