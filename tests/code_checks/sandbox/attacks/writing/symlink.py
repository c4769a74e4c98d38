"""Writes through a symbolic link that leads out of the copy."""

import os

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts

os.symlink(facts["canary"], "link")
os.symlink(facts["home"], "home")
escaped_if_any([lambda: open("link", "a").write("x"), lambda: open("home/new", "w").write("x")])
