"""Secret and ignored files: one table of names, one tree of ignore files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.file_rules import DEFAULT_SECRETS, FileRules

SECRET = (
    ".env", ".env.local", "config/.ENV.production", "deploy/prod.env", "server.pem", "Server.KEY",
    "id_rsa", "id_rsa.pub", "keys/id_ed25519", "id_ecdsa_work", "store.p12", "cert.PFX", ".netrc",
    ".npmrc", ".pypirc", "aws_credentials", "Credentials.json", "gcp-credentials.yaml",
    "secrets.yml", "Secrets.toml", "vault.kdbx", ".aws/config", "home/.ssh/known_hosts",
    ".git/config", ".docker/config.json", "prod.tfvars", "terraform.tfstate", ".git-credentials",
    ".pgpass", "service-account-prod.json", ".envrc", ".env-prod", ".env_local", ".envrc.local",
    ".flaskenv", ".dev.vars", "env.local", ".vault_pass", ".vault_pass.txt", "local.settings.json",
    ".config/gh/hosts.yml", ".terraformrc", "wp-config.php", "config/database.yml", "auth.json",
    "token.json", "gcp-key.json", "app-firebase-adminsdk-x1.json", ".m2/settings.xml",
    ".bash_history", "secrets/prod.yaml", "password.txt", "db_passwords.csv", "private.asc",
    ".authinfo", ".dockercfg", ".yarnrc.yml", "prod.kubeconfig", "client_secret_12.json",
    "api-token.prod.yml", "/dev/shm/pass.aB3/site.txt", "/tmp/pass.aB3/site.txt",
    "/dev/shm/gopass-edit123/secret", "/tmp/kubectl-edit-1234.yaml", "/tmp/oc-edit-12.yaml",
    "/home/me/.ansible/tmp/ansible-local-12/tmpabc.yml", "/tmp/ansible-local-12/tmpabc",
)  # fmt: skip
ORDINARY = (
    "id_generator.py", "tokens.py", "test_env.py", "env.py", "environment.ts", "keyboard.key.py",
    "pem.py", "password_form.tsx", "keys.go", "src/secretary.rs", "docker/config.json",
    ".github/workflows/test.yml", "aws/config.py", "ssh/client.py", "identity.py", "envelope.md",
    "idea_rsa.txt", ".gitignore", "public_key.py", "env.ts", "tokenizer.json", "authors.txt",
    "src/secrets/manager.py", "kubeconfig.go", "vault_pass.go", "keyboard.json", "keys.md",
    "gopass/main.go", "password.vue", "token.go", "environment.yml", "monkey.json", "pass.py",
    "history.py", "package.json", "database.yml", "settings.xml",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_secret(name: str, tmp_path: Path) -> None:
    for rules in (FileRules(tmp_path), FileRules(None)):
        assert rules.refusal(tmp_path / name) == "its name is that of a secret file"


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary(name: str, tmp_path: Path) -> None:
    for rules in (FileRules(tmp_path), FileRules(None)):
        assert rules.refusal(tmp_path / name) == ""


TREE = {
    ".gitignore": "*.log\n!keep.log\n/build/\ncache/\ndocs/**/draft.md\n\\#odd\n# comment\n[z-a\n",
    "sub/.gitignore": "!debug.log\n/only_here.txt\nnested/*\n!nested/kept.txt\n",
    "cache/.gitignore": "!*\n",
    ".git/info/exclude": "private_notes.txt\n*.bak\n",
    ".coterieignore": "generated/\n*.min.js\n",
    "build/out.py": "",
}
IGNORED = {
    "a.log": "version control", "sub/deep/a.log": "version control",
    "build/out.py": "version control", "build/x/y.py": "version control",
    "cache/kept.py": "version control", "src/cache/kept.py": "version control",
    "docs/a/b/draft.md": "version control", "docs/draft.md": "version control",
    "#odd": "version control", "sub/only_here.txt": "version control",
    "sub/nested/lost.txt": "version control", "private_notes.txt": "version control",
    "sub/a.bak": "version control", "generated/api.py": ".coterieignore",
    "web/app.min.js": ".coterieignore",
}  # fmt: skip
NOT_IGNORED = (
    "keep.log", "sub/debug.log", "sub/deep/debug.log", "sub/build/out.py", "only_here.txt",
    "sub/deep/only_here.txt", "sub/nested/kept.txt", "docs/final.md", "src/main.py", "cache",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    top = tmp_path / "project"
    for name, text in TREE.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    return top


@pytest.mark.parametrize("name", IGNORED)
def test_ignored(name: str, tree: Path) -> None:
    for rules in (FileRules(tree), FileRules(tree / "sub")):
        if (tree / name).is_relative_to(rules.root or tree):
            assert IGNORED[name] in rules.refusal(tree / name)
    assert not FileRules(tree).allows(name)


@pytest.mark.parametrize("name", NOT_IGNORED)
def test_not_ignored(name: str, tree: Path) -> None:
    assert FileRules(tree).refusal(tree / name) == ""


def test_what_lies_elsewhere_is_not_judged_by_this_folder(tree: Path) -> None:
    assert FileRules(tree / "sub").allows(tree / "a.log")
    assert FileRules(None).allows(tree / "a.log")


def test_ignore_files_are_read_again_when_they_change(tree: Path) -> None:
    rules = FileRules(tree)
    assert rules.allows("late.txt")
    (tree / ".gitignore").write_text("late.txt\n", encoding="utf-8")
    assert not rules.allows("late.txt")
    (tree / ".gitignore").unlink()
    assert rules.allows("late.txt")


def test_the_users_own_git_excludes_count(tree: Path) -> None:
    settings = tree.parent / "settings" / "git"
    settings.mkdir(parents=True)
    (settings / "ignore").write_text("*.swp\n", encoding="utf-8")
    assert "version control" in FileRules(tree).refusal("sub/a.swp")


def test_a_further_working_tree_has_the_repositorys_excludes(tree: Path) -> None:
    other = tree.parent / "other"
    folder = tree / ".git" / "worktrees" / "other"
    folder.mkdir(parents=True)
    (folder / "commondir").write_text("../..\n", encoding="utf-8")
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {folder}\n", encoding="utf-8")
    assert not FileRules(other).allows("private_notes.txt")
    assert FileRules(other).allows("a.log")


def test_a_folder_that_its_repository_ignores_follows_its_own_rules(tree: Path) -> None:
    opened = tree / "build" / "app"
    opened.mkdir(parents=True)
    (opened / ".gitignore").write_text("dist/\n", encoding="utf-8")
    assert FileRules(opened).allows("main.py")
    assert not FileRules(opened).allows("dist/main.py")
    assert not FileRules(tree).allows(opened / "main.py")


def test_settings_exclude(tree: Path) -> None:
    rules = FileRules(tree, exclude=("vendor/", "*.sql", "!keep.sql", "***["))
    assert rules.refusal("vendor/lib/a.py") == "the settings exclude it"
    assert rules.refusal(tree / "db" / "a.sql") == "the settings exclude it"
    assert rules.allows("db/keep.sql")
    assert FileRules(None, exclude=("*.sql",)).refusal("/elsewhere/a.sql")
    assert FileRules(None, exclude=("*.sql",)).allows("/elsewhere/a.py")


def test_settings_add_secrets(tree: Path) -> None:
    rules = FileRules(tree, secrets=(*DEFAULT_SECRETS, "*.Token", "vault/**"))
    for name in ("my.token", "MY.TOKEN", "vault/a.py", "x/Vault/a.py", ".env"):
        assert not rules.allows(name), name
    assert rules.allows("vaults/a.py")


@pytest.mark.parametrize("target", (".env", "a.log", "../outside/id_rsa"))
def test_a_link_does_not_smuggle(target: str, tree: Path) -> None:
    link = tree / "notes.txt"
    link.symlink_to(tree / target)
    assert not FileRules(tree).allows(link)
    folder = tree / "folder"
    folder.symlink_to((tree / target).parent)
    assert not FileRules(tree).allows(folder / Path(target).name)


def test_links_that_lead_nowhere_or_round(tree: Path) -> None:
    (tree / "round").symlink_to(tree / "round")
    (tree / "dangling.py").symlink_to(tree / "gone.py")
    assert FileRules(tree).allows("round")
    assert FileRules(tree).allows("dangling.py")


def test_a_root_reached_through_a_link(tree: Path) -> None:
    (tree.parent / "link").symlink_to(tree)
    for root in (tree, tree.parent / "link"):
        for top in (tree, tree.parent / "link"):
            assert not FileRules(root).allows(top / "a.log")
            assert FileRules(root).allows(top / "src" / "main.py")
            assert not FileRules(root).allows(top / "src" / ".." / "a.log")


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("{a,b}.txt", ("a.txt", "b.txt"), ("c.txt", "a,b.txt", "ab.txt")),
        ("x{,[-_]*}.y", ("x.y", "x-1.y", "x_.y"), ("x1.y", "x-1.yy")),
        ("[!a]?.key", ("b1.key",), ("a1.key", "b.key")),
        ("{open", ("{open",), ("open",)),
        ("a+b(c)", ("a+b(c)",), ("aab(c)",)),
    ],
)
def test_globs(glob: str, matching: tuple[str, ...], others: tuple[str, ...]) -> None:
    rules = FileRules(None, secrets=(glob,))
    assert [name for name in (*matching, *others) if not rules.allows(f"/x/{name}")] == [*matching]
