"""Living with faults of others: pure, below the tables."""
