"""wiring"""


def wire() -> None:
    """Nothing to wire yet."""
