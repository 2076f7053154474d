"""How long work tells how far it is: one callable, so that no stage knows who listens."""

from collections.abc import Callable

#: Called with what is being done, how many rows or bytes are done, and the total if known.
Progress = Callable[[str, int, int | None], None]


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Listen to nothing."""
