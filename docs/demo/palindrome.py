"""Texts that read the same in both directions."""


def is_palindrome(text):
    """Return whether a text reads the same backwards, spaces, punctuation and case aside."""
    text = text.lower()
    return text == text[::-1]
