"""Settings, split by concern. `local`, `test` and `production` are entrances; `base` gathers the concerns."""
