"""The URL of a server in the settings: whether it is one, and the credentials that it may hold."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_AUTHORITY = re.compile(r"(\w+://)([^/?#]*)@")
_ANYTHING = re.compile(r"((?:\w+://)?)(.*)@", re.DOTALL)


def is_server_url(url: str) -> bool:
    """Whether a text is an http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A port that is no number, or an address that is none.
        return False


def split_credentials(url: str) -> tuple[str, str]:
    """Return a URL without its `user:password@`, and that part without the @, "" for none.

    In a text that is not the URL of a server everything before the last @ counts: it may be a
    password in which somebody forgot to escape a slash, and the rest is shown in messages.
    """
    found = (_AUTHORITY if is_server_url(url) else _ANYTHING).match(url)
    return (found[1] + url[found.end() :], found[2]) if found else (url, "")


def without_credentials(url: str) -> str:
    """Return a URL as it may be shown."""
    return split_credentials(url)[0]
