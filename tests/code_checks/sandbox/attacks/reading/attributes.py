"""Reads the extended attributes of a file outside.

depends: a file system with attributes
"""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

escaped_if_any([lambda: os.getxattr(facts["secret_file"], "user.note")])
