"""The kernel: what every app stands on. No tables, and no noun of any app."""
