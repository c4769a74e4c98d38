"""Which files may be read into a prompt: never a secret, never what version control ignores.

Everything that could put a file's text into a prompt, a record or a request asks here first.
What is not covered: a secret pasted into an ordinary source file, and a second name (hard link) of
a secret file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pathspec import GitIgnoreSpec

DEFAULT_SECRETS = (
    # Settings of programs with passwords in them, by environment and by person.
    ".env{,[-_.]*}", "env.{local,dev,prod,production,staging}", "*.env", ".envrc*", ".flaskenv",
    ".dev.vars*",
    "local.settings.json",
    "wp-config.php", "config/database.yml", "*.tfvars", "*.tfvars.json", "*.tfstate",
    "*.tfstate.*", ".terraformrc", "terraform.rc", ".m2/settings*.xml", "sftp-config.json",
    # Names that say so, with any other part before and behind.
    "*credentials*", "secret.*", "secrets.*", "*.secret", "*.secrets", "secrets/*.yaml",
    "secrets/*.yml", "secrets/*.json", "secrets/*.txt",
    "{,*[-_.]}{auth,token,tokens,secret,secrets,password,passwords,passwd,apikey,apikeys,key}"
    "{,[-_.]*}.{json,yml,yaml,toml,ini,txt,conf,cfg,properties,xml,csv}",
    "{,*[-_]}service-account*.json", "*firebase-adminsdk*.json", "client_secret*.json",
    # Keys and stores of keys.
    "*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.pkcs12", "*.jks", "*.keystore", "*.ppk",
    "*.kdbx", "*.gpg", "{private,secret,secring}*.asc", "*.ovpn", "id_{rsa,dsa,ecdsa,ed25519}*",
    # What programs keep in a home folder.
    ".netrc*", "_netrc", ".authinfo*", ".npmrc", ".yarnrc{,.yml}", ".pypirc", ".pgpass*",
    "pgpass.conf", ".my.cnf", ".mylogin.cnf", ".htpasswd*", ".vault-token", ".vault[-_]pass*",
    "vault[-_]pass{,word}{,.txt}", ".s3cfg",
    ".boto", "{.,}rclone.conf", ".dockercfg", ".dockerconfigjson", ".*_history",
    "{,*.}kubeconfig", "kubeconfig.{yaml,yml,json}", ".ssh/**", ".aws/**", ".azure/**", ".gnupg/**",
    ".kube/**", ".docker/config.json", ".config/gcloud/**", ".config/gh/hosts.yml", ".git/**",
    # Where programs put a secret while somebody edits it.
    "dev/shm/**", "pass.*/**", "gopass-edit*", "gopass-edit*/**", "{kubectl,oc}-edit-*",
    ".ansible/tmp/**", "ansible-local-*/**", "ansible-tmp-*/**",
)  # fmt: skip
"""Globs of files that hold secrets. Without a slash they match a file's name, with one the end of
its path; `{a,b}` stands for either, without a slash; letter case makes no difference."""

_OWN_IGNORE = ".coterieignore"
_GLOB_TOKEN = re.compile(r"\[!?[^\]]+\]|.", re.DOTALL)
_GLOB_SIGNS = {"*": ".*", "?": ".", "{": "(?:", "}": ")"}


@dataclass(frozen=True, slots=True)
class FileRules:
    """The rules for the files of one workspace."""

    root: Path | None = None
    """The workspace's folder; None outside of any, and then only the globs apply."""
    exclude: tuple[str, ...] = ()
    """Patterns in the syntax of .gitignore, relative to the root."""
    secrets: tuple[str, ...] = DEFAULT_SECRETS
    """Globs of files that hold secrets, written like the default ones."""

    def allows(self, path: str | Path) -> bool:
        """Tell whether a file's text may enter a prompt. The file need not exist."""
        return not self.refusal(path)

    def refusal(self, path: str | Path) -> str:
        """Return why a file's text may not enter a prompt, "" if it may.

        A symbolic link is judged by its own name and by that of the file that it leads to.
        """
        named = Path(os.path.normpath(self.root / path if self.root else Path(path).absolute()))
        real = Path(os.path.realpath(named))
        return self._refusal(named) or (self._refusal(real) if real != named else "")

    def _refusal(self, path: Path) -> str:
        if _is_secret(path.as_posix(), self.secrets):
            return "its name is that of a secret file"
        relative = self._relative(path)
        if self.exclude and _spec(self.exclude).match_file(relative or path.as_posix().lstrip("/")):
            return "the settings exclude it"
        if self.root is None or relative is None:
            return ""
        top = _top_of(self.root)
        parts = _parts_below(path, top)
        if _ignores(top, parts, _OWN_IGNORE):
            return f"{_OWN_IGNORE} names it"
        if _ignores(top, parts, ".gitignore", tuple(_other_excludes(top))):
            return "version control ignores it"
        return ""

    def _relative(self, path: Path) -> str | None:
        """Return a path relative to the root, None if it lies elsewhere."""
        if self.root is None:
            return None
        for root in (self.root, Path(os.path.realpath(self.root))):
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return None


def _is_secret(path: str, globs: tuple[str, ...]) -> bool:
    lowered = path.lower()
    names, paths = _secret_patterns(globs)
    return bool(names.match(lowered.rsplit("/", 1)[-1]) or paths.match_file(lowered.lstrip("/")))


@lru_cache(maxsize=16)
def _secret_patterns(globs: tuple[str, ...]) -> tuple[re.Pattern[str], GitIgnoreSpec]:
    lowered = [glob.lower() for glob in globs]
    names = [f"(?:{_expression(glob)})" for glob in lowered if "/" not in glob]
    paths = [f"**/{glob.lstrip('/')}" for glob in lowered if "/" in glob]
    return re.compile(rf"(?:{'|'.join(names)})\Z" if names else r"(?!)"), _spec(tuple(paths))


def _expression(glob: str) -> str:
    """Return a glob as a regular expression: `*`, `?`, `[a-z]` and `{a,b}` have a meaning."""
    depth, parts = 0, []
    for token in _GLOB_TOKEN.findall(glob):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if token[0] == "[" and len(token) > 1:
            parts.append("[" + token[1:-1].replace("\\", "\\\\").replace("!", "^", 1) + "]")
        elif token == "," and depth:
            parts.append("|")
        else:
            parts.append(_GLOB_SIGNS.get(token) or re.escape(token))
    return "".join(parts) if depth == 0 else re.escape(glob)


@lru_cache(maxsize=64)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """Compile patterns, without those that are none: a typing error must not hide the rest."""
    usable = []
    for pattern in patterns:
        try:
            GitIgnoreSpec.from_lines([pattern])
        except ValueError:
            continue
        usable.append(pattern)
    return GitIgnoreSpec.from_lines(usable)


def _ignores(
    top: Path,
    parts: tuple[str, ...],
    name: str,
    others: tuple[Path, ...] = (),
    *,
    is_folder: bool = False,
) -> bool:
    """Tell whether a path, given by its parts below `top`, is ignored; so is what lies below it.

    `name` is what ignore files are called; `others` are further ones, which count like one in
    `top` but come after it.
    """
    return any(
        _is_named(top, parts[:depth], is_folder or depth < len(parts), name, others)
        for depth in range(1, len(parts) + 1)
    )


def _is_named(
    top: Path, parts: tuple[str, ...], is_folder: bool, name: str, others: tuple[Path, ...]
) -> bool:
    """Ask the ignore files, the nearest first: the first one that says anything decides."""
    for base in range(len(parts) - 1, -1, -1):
        candidate = "/".join(parts[base:]) + ("/" if is_folder else "")
        own = top.joinpath(*parts[:base], name)
        for file in (own, *others) if base == 0 else (own,):
            ignored = _ignore_file(file).check_file(candidate).include
            if ignored is not None:
                return ignored
    return False


def _ignore_file(path: Path) -> GitIgnoreSpec:
    """Return the rules of an ignore file, read again when it has changed; none if it is absent."""
    try:
        status = path.stat()
    except OSError:
        return _spec(())
    return _read_rules(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def _read_rules(path: Path, modified: int, size: int) -> GitIgnoreSpec:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _spec(())
    return _spec(tuple(text.splitlines()))


def _top_of(root: Path) -> Path:
    """Return the folder from which on ignore files count: the top of the root's repository.

    Unless that repository ignores the root itself, as one does that keeps a home folder's settings:
    whoever opens such a folder means to work in it.
    """
    top = _repository_of(root) or root
    parts = _parts_below(root, top)
    return root if _ignores(top, parts, ".gitignore", is_folder=True) else top


@lru_cache(maxsize=64)
def _repository_of(folder: Path) -> Path | None:
    """Return the top folder of the repository that a folder belongs to."""
    return next((top for top in (folder, *folder.parents) if (top / ".git").exists()), None)


def _other_excludes(top: Path) -> Iterator[Path]:
    """Yield git's ignore files outside of the working tree, the stronger one first."""
    yield _git_folder(top / ".git") / "info" / "exclude"
    settings = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    yield Path(settings) / "git" / "ignore"


def _git_folder(git: Path) -> Path:
    """Follow the file that stands for the .git folder in a further working tree or a submodule."""
    try:
        target = git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        folder = git.parent / target
        common = folder / "commondir"
        return folder / common.read_text(encoding="utf-8").strip() if common.exists() else folder
    except (OSError, UnicodeDecodeError):
        return git


def _parts_below(path: Path, top: Path) -> tuple[str, ...]:
    for base in (top, Path(os.path.realpath(top))):
        if path.is_relative_to(base):
            return path.relative_to(base).parts
    return ()
