"""Every settings key: the one place that says what exists, what it means and who may set it.

The documentation page is written from this table (`docs/write_configuration.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from ensemble.file_rules import DEFAULT_SECRETS
from ensemble.models.families import FAMILIES
from ensemble.policy.policy import DEFAULT_POLICY
from lsp_server.settings.kinds import (
    ADAPTERS,
    FLAG,
    GLOBS,
    NAMES,
    POLICIES,
    POLICY,
    REWARD,
    SHARE,
    SIZE,
    TEXT,
    TEXTS,
    TIERS,
    URL,
    ValueKind,
    choice,
    duration,
    whole,
)
from lsp_server.settings.toml_text import Value


class WorkspaceRule(StrEnum):
    """What the settings of a workspace may do to a key. A repository is written by strangers, so
    it may only ask for less."""

    NO = "not set it"
    SWITCH_OFF = "switch it off"
    SWITCH_ON = "switch it on"
    ADD = "add to it"
    LOWER = "lower it"
    RAISE = "raise it"


@dataclass(frozen=True, slots=True)
class Key:
    """One settings key."""

    name: str
    """With all its sections; `<...>` in it stands for a name that the user chooses."""
    kind: ValueKind
    """How its values are read and shown."""
    default: Value
    """What holds while nobody has set it; None if that is computed later."""
    doc: str
    """What it means, for the documentation page and the editors."""
    workspace: WorkspaceRule = WorkspaceRule.NO
    """What the settings of a workspace may do to it."""
    shown_default: str = ""
    """What people read in place of the default, where that is computed later."""

    @property
    def default_text(self) -> str:
        return self.shown_default or self.kind.show(self.default)

    def holds(self, name: str) -> bool:
        """Whether a full name, such as `models.mine.path`, is one of this key's."""
        head, placeholder, tail = self._parts()
        if not placeholder:
            return name == self.name
        chosen = name.removeprefix(head).removesuffix(tail)
        return name == head + chosen + tail and bool(chosen)

    def _parts(self) -> tuple[str, str, str]:
        head, bracket, rest = self.name.partition("<")
        placeholder, _, tail = rest.partition(">")
        return head, bracket + placeholder, tail


_MINUTE, _DAY = 60.0, 86_400.0
KEYS: tuple[Key, ...] = (
    Key("enabled", FLAG, True, "Whether anything is suggested at all.", WorkspaceRule.SWITCH_OFF),
    Key(
        "languages.<id>.enabled", FLAG, True,
        "Whether anything is suggested in documents of this language (its LSP identifier).",
        WorkspaceRule.SWITCH_OFF,
    ),
    Key(
        "exclude", GLOBS, (),
        "Files that are neither completed nor read for context, in addition to those that version "
        "control ignores.",
        WorkspaceRule.ADD,
    ),
    Key(
        "secrets", NAMES, DEFAULT_SECRETS,
        "Files that hold secrets: they enter no prompt, no record and no request to a server. "
        "`{a,b}` in a name stands for either. A list of your own replaces the built-in one; a "
        "workspace's is added to it.",
        WorkspaceRule.ADD,
    ),
    Key(
        "models.<name>.path", TEXT, None,
        "A GGUF file. `~` and paths relative to the settings file's folder are understood.",
    ),
    Key(
        "models.<name>.url", URL, None,
        "An OpenAI-compatible completion server instead of a file, such as "
        "`http://127.0.0.1:8080`. Prompts for this model leave this process, and this machine if "
        "the server is elsewhere. A server that wants a user and a password gets those of "
        "`https://user:password@host`; nothing shows them again.",
    ),
    Key(
        "models.<name>.context", whole(64, 1_048_576), None,
        "How many tokens a prompt and its answer may have together.",
        shown_default="what the model was trained with, at most 8,192",
    ),
    Key(
        "models.<name>.gpu_layers", whole(-1, 10_000), -1,
        "How many layers go to the GPU; -1 is all, and builds without a GPU ignore it.",
    ),
    Key(
        "models.<name>.threads", whole(1, 1024), None,
        "How many threads compute this model.", shown_default="the number of physical cores",
    ),
    Key(
        "models.<name>.kv_type", choice("f16", "q8_0", "q4_0"), "f16",
        "How precisely the cache of computed tokens is kept; less is smaller.",
    ),
    Key(
        "models.<name>.flash_attention", choice("auto", "on", "off"), "auto",
        "Whether attention is computed by the fused kernels.",
    ),
    Key("models.<name>.adapters", ADAPTERS, (), "LoRA adapters that are put on the model."),
    Key(
        "models.<name>.skills", TEXTS, (),
        "What the model is good at: languages (LSP identifiers), and `tests`, `sql`, `regex` or "
        "`prose` (comments and plain text). Where one of them is wanted, the model is asked "
        "first; elsewhere last. None means everything.",
    ),
    Key(
        "models.<name>.model", TEXT, None,
        "The model's identifier on its server, where the server has several.",
    ),
    Key(
        "models.<name>.fim", choice(*(family.name for family in FAMILIES)), None,
        "For a server's model: the family of its fill-in-the-middle tokens. Without it the model "
        "sees only the text before the cursor.",
    ),
    Key(
        "models.<name>.key_env", TEXT, None,
        "For a server: the environment variable that holds the bearer key.",
    ),
    Key(
        "models.<name>.proxy", URL, None,
        "For a server: the proxy through which it is reached, such as `http://proxy:3128`. "
        "Proxies that the environment names are not used.",
    ),
    Key(
        "tiers", TIERS, None,
        "The rungs of the cascade, in order: which model is asked, for how many samples, and "
        "which share of them must agree. Without it `policy` says who is asked; where it names "
        "`cascade+vote`, `cascade` or `single` and you configure models of other names than small "
        "and large, these are, in their order.",
        shown_default="small × 3, large × 2",
    ),
    Key(
        "policy", POLICY, POLICIES[0],
        "How candidates are gathered and chosen: the best model first, and more samples and a "
        "second opinion only where its text is refused or it is unsure (`best-first`); several "
        "samples per model that vote, one sample per model, or one sample of the first model "
        "only. `auto` is `best-first`, but `cascade+vote` for the embedded models and where "
        "`tiers` are set. Or a file that `coterie evaluate "
        "--search` or `--fit-router` wrote, or you: it says which models are asked, who votes and "
        "what is shown, in place of `tiers`, `reward` and `router`. A path is relative to the "
        "settings file.",
    ),
    Key(
        "reward", REWARD, None,
        "Fitted scorers that put suggestions in order where the vote does not decide, and hide "
        "those that are hardly ever right: a built-in reward, or a file that `coterie evaluate "
        "--fit-reward` wrote. Unless you choose, the embedded models' default tiers are judged by "
        "the one that was fitted for them, and others by none.",
        shown_default="embedded",
    ),
    Key(
        "router", choice("learned", "fixed"), "learned",
        "Where a request begins: at the tier that is most likely to answer it well, as learned "
        "from what you accepted (`coterie stats fit`), or always at the first one. Without enough "
        "evidence both are the same.",
    ),
    Key(
        "deadline.automatic", duration(0.01, 10 * _MINUTE, "ms"), 0.25,
        "How long a suggestion while typing may take to its first answer.", WorkspaceRule.LOWER,
    ),
    Key(
        "deadline.invoked", duration(0.01, 10 * _MINUTE, "ms"), 3.0,
        "How long a suggestion that was asked for may take.", WorkspaceRule.LOWER,
    ),
    Key(
        "deadline.function", duration(0.01, 10 * _MINUTE, "ms"), 30.0,
        "How long writing a whole function may take.", WorkspaceRule.LOWER,
    ),
    Key(
        "suggest.minimum_agreement", SHARE, DEFAULT_POLICY.minimum_agreement,
        "Which share of the weighted votes a suggestion needs to be shown when no tier reached "
        "its quorum.",
        WorkspaceRule.RAISE,
    ),
    Key(
        "suggest.minimum_reward", SHARE, DEFAULT_POLICY.minimum_reward,
        "How likely a suggestion must be right to be shown, by the reward, whoever agrees on it. "
        "Nothing without a `reward`; the embedded models' own asks for at least what keeps 95 % "
        "of what is right.",
    ),
    Key(
        "suggest.verified_only", FLAG, False,
        "Whether only suggestions are shown that some check has passed.", WorkspaceRule.SWITCH_ON,
    ),
    Key(
        "suggest.hide_copies", FLAG, True,
        "Whether a suggestion is hidden that repeats 50 words and signs in a row of the text that "
        "the embedded models were trained on.",
        WorkspaceRule.SWITCH_ON,
    ),
    Key(
        "suggest.max_lines", whole(1, 500), 8, "The most lines that a suggestion may have.",
        WorkspaceRule.LOWER,
    ),
    Key(
        "suggest.in_comments", FLAG, True, "Whether anything is suggested inside comments.",
        WorkspaceRule.SWITCH_OFF,
    ),
    Key(
        "suggest.in_strings", FLAG, True, "Whether anything is suggested inside strings.",
        WorkspaceRule.SWITCH_OFF,
    ),
    Key(
        "tests.run", FLAG, True,
        "Whether tests judge what models write for a function's body, in a sandbox and only where "
        "somebody asked for it.",
        WorkspaceRule.SWITCH_OFF,
    ),
    Key(
        "tests.packages", TEXTS, (),
        "Folders with installed packages that tests may import in the sandbox, which can read "
        "them: a `site-packages` of the Python version that Coterie runs on, or a `node_modules` "
        "with vitest or jest. Without them only the languages' own libraries are there.",
    ),
    Key(
        "stats.record", FLAG, True,
        "Whether it is written down on this machine what became of suggestions, in figures: no "
        "text, no path. `coterie stats` shows them, and the router learns from them.",
        WorkspaceRule.SWITCH_OFF,
    ),
    Key(
        "distill.record", FLAG, False,
        "Whether suggestions that you accepted and kept are written down on this machine with the "
        "code around them, as training data for `coterie models distill-data`. Never from secret "
        "or ignored files.",
        WorkspaceRule.SWITCH_OFF,
    ),
    Key(
        "memory.budget", SIZE, None,
        "How much memory models and their caches may take. A workspace lowers only what you set.",
        WorkspaceRule.LOWER, shown_default="half of what is free",
    ),
    Key(
        "host.idle_exit", duration(0, _DAY, "s"), 60.0,
        "How long the model process stays after its last client has gone.", WorkspaceRule.LOWER,
    ),
)  # fmt: skip


def key_named(name: str) -> Key | None:
    """Return the key that holds this full name, or None."""
    return next((key for key in KEYS if key.holds(name)), None)


def may_be_section(name: str) -> bool:
    """Whether a table under this name may hold keys; a model's own name may hold dots."""
    return is_section(name) or name.startswith(("languages.", "models."))


def is_section(name: str) -> bool:
    """Whether this is the name of a table of keys."""
    beside = name.startswith(("languages.", "models.")) and name.count(".") == 1
    return beside or any(key.name.startswith(f"{name}.") for key in KEYS)


def closest(name: str) -> str:
    """Return the known key that looks most like an unknown one, or ""."""
    segments = name.split(".")
    known = [key.name for key in KEYS]
    if len(segments) > 2:
        # The user's own name takes the placeholder's place, so that it weighs nothing.
        chosen = ".".join(segments[1:-1])
        known = [pattern.replace("<id>", chosen).replace("<name>", chosen) for pattern in known]
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), "")
