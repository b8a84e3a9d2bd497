"""What the launcher refuses, in one sentence for the person at the terminal."""

REFUSED_EXIT_CODE = 2


class StudioRefused(Exception):
    """The studio can't start as asked. The text is the whole answer: what was found, what would be right."""
