"""What the two embedded servers have in common."""

from collections.abc import Mapping
from typing import Protocol

from config.studio.program import Program


class Server(Protocol):
    """A server from a wheel: prepared once, then kept running by the supervisor."""

    name: str
    port: int

    def prepare(self) -> None:
        """Make its directory fit to start.

        Raises:
            StudioRefused: when that is not possible.
        """

    def program(self) -> Program:
        """How to start it; picks a free port until it has answered once."""

    def ready(self, process_id: int) -> bool:
        """Whether this process of ours answers with our password."""

    def settle(self) -> None:
        """What must be done once it answers for the first time; its port is fixed from then on."""

    def passing(self, last_words: str) -> bool:
        """Whether a start that failed with these words may succeed when it is tried again."""

    def environment(self) -> Mapping[str, str]:
        """The variables that tell programs where it is."""
