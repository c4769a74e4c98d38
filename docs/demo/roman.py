"""Numbers as the Romans wrote them."""


def to_roman(number: int) -> str:
    """Return a number from 1 to 3999 in Roman numerals.

    >>> to_roman(4)
    'IV'
    >>> to_roman(1994)
    'MCMXCIV'
    >>> to_roman(3888)
    'MMMDCCCLXXXVIII'
    """
