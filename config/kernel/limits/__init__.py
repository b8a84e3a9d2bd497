"""Rate limits: one table of policies in the settings, one atomic script in Valkey, one gate for everybody."""
