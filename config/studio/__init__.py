"""The embedded studio: PostgreSQL and Valkey from wheels, and one launcher for every process.

Nothing here imports Django: the launcher runs before settings can be loaded, because it makes what they need.
"""
