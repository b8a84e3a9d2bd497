"""Names and bounds that several rooms of this app share."""

# Longer ones cost time and protect nobody.
PASSWORD_MAX_CHARACTERS = 1024

REUSE_NOTICES_TASK = "tenants.session_reuse_notices"
SESSIONS_PURGE_TASK = "tenants.sessions_purge"
LINKS_SEND_TASK = "tenants.links_send"
LINKS_PURGE_TASK = "tenants.links_purge"
PURGE_TASK = "tenants.organisations_purge"
QUOTAS_TIDY_TASK = "tenants.quotas_tidy"

# The schema that every organisation is copied from. No organisation can have this name.
TEMPLATE_SCHEMA = "template_organisation"
