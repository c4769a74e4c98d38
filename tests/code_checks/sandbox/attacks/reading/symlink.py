"""Reads through a symbolic link that leads out of the copy."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

os.symlink(facts["secret_file"], "link")
os.symlink(facts["home"], "home")
escaped_if_any([lambda: open("link").read(), lambda: open("home/secret").read()])
