"""What counts as a number where one is asked for."""

from typing import Any, TypeGuard


def whole_number(value: Any) -> TypeGuard[int]:
    """Is this a whole number? True and False are none here, although Python counts them as 1 and 0.

    >>> whole_number(2), whole_number(True), whole_number(2.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)
