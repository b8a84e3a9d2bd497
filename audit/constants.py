"""Bounds and names of the record."""

# What stands before the first event of a chain.
NO_HASH = "0" * 64
LABEL_MAX_CHARACTERS = 254
TARGET_TYPE_MAX_CHARACTERS = 64
TARGET_ID_MAX_CHARACTERS = 64
ACTION_MAX_CHARACTERS = 100
METADATA_MAX_BYTES = 8192
METADATA_TEXT_MAX_CHARACTERS = 500
METADATA_MAX_ITEMS = 50
METADATA_MAX_DEPTH = 4
MASKED = "***"
# `SET LOCAL` this to `on`, and the events before the chain's base may be deleted; nothing else may.
RETENTION_SETTING = "studio.audit_retention"
RETENTION_DAYS_MAX = 36500
PRUNE_TASK = "audit.records_prune"
