"""Job kinds: one file each, composing services."""
