"""What is in the middle of some values, and how far they are from it."""


def median(values):
    """Return the value in the middle; of an even number of values, what is between the two.

    >>> median([3, 1, 2])
    2
    >>> median([4, 1, 3, 2])
    2.5
    """
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle]
