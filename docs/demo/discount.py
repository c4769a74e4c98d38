"""Prices of many pieces of one article."""


def total(count, price):
    """Return the price of some pieces; from ten on they cost a tenth less.

    >>> total(9, 10.0)
    90.0
    >>> total(10, 10.0)
    90.0
    """
    result = count * price
    
        result *= 0.9
    return result
