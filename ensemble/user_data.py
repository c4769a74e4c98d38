"""Where Coterie keeps what it has been given and what it has learned on this machine."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Return the user's folder for Coterie's data. It need not exist."""
    return Path(platformdirs.user_data_dir("coterie", appauthor=False))
