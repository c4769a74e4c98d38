"""What is known of languages that have no grammar here, by their LSP identifiers."""

from __future__ import annotations

PLAIN_TEXT = "plaintext"
"""The identifier of a document in no language."""

PROSE = frozenset((PLAIN_TEXT, "markdown", "latex", "restructuredtext"))
"""Documents of sentences, in which a Markdown fence or a friendly first line is no sign that a
model talks to the user."""

TAB_INDENTED = frozenset(("make", "makefile"))
"""Languages whose law is that lines are indented with tabs."""
