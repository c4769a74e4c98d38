"""The default policy of the embedded models against fitted ones, on tasks nothing was fitted on.

    python benchmarks/quality/live_default.py UNSEEN REPORT.jsonl.gz... [--limit N]
        [--out REWARD.json] [--policy-out POLICY.toml]

The models of the settings (COTERIE_CONFIG names other ones) are asked about every task, through the
product. On N holes cut from UNSEEN, the folder that `training.unseen` wrote, a policy is fitted as
`coterie evaluate --search` does, and a reward on the elections that the default policy holds there,
with the threshold that keeps 95 % of what is right: with `--limit 400`, the built-in `embedded`. On
every REPORT the default policy, the same with the reward, and the fitted policy are then replayed:
what is right, what is shown, and of what the default shows, how many of the wrong ones the reward
hides and how many of the right ones it keeps.
Prints a Markdown table and, as the last line, one JSON document.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import msgspec

from ensemble.evaluation.bootstrap import bootstrap_interval
from ensemble.evaluation.search.ballots import TaskBallots, ask_all
from ensemble.evaluation.search.best_policy import Goal
from ensemble.evaluation.search.fit import figures, fit_policy
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.policy_reward import reward_for
from ensemble.evaluation.search.policy_text import fitted_policy_text
from ensemble.evaluation.search.replayed import Replayed
from ensemble.policy.policy import DEFAULT_POLICY, Policy, Selection
from ensemble.reward.calibration import area_under_curve, calibration_error
from ensemble.reward.reward_files import save
from ensemble.reward.reward_model import Reward
from lsp_server.commands.evaluation.evaluate import EvaluateOptions, material


def replayable(policy: Policy) -> Policy:
    """Return the policy with each tier asked once, as for all but functions, and by text."""
    tiers = tuple(msgspec.structs.replace(tier, draws=1) for tier in policy.tiers)
    return msgspec.structs.replace(policy, tiers=tiers, selection=Selection.TEXT, test_samples=0)


def always(policy: Policy) -> Policy:
    return msgspec.structs.replace(policy, minimum_agreement=0.0)


def line(name: str, tasks: str, heard: Sequence[TaskBallots], outcomes: Sequence[Replayed]) -> str:
    found = figures(outcomes)
    right = [float(outcome.shown and outcome.right) for outcome in outcomes]
    low, high = bootstrap_interval(right, [one.task.cluster for one in heard])
    return (
        f"| {name} | {tasks} ({len(heard)}) | {found.right:.1%} ({low:.1%} – {high:.1%}) "
        f"| {found.shown:.0%} | {found.right_of_shown:.1%} | {found.cost:.4g} |"
    )


def hidden(plain: Sequence[Replayed], rewarded: Sequence[Replayed]) -> dict[str, float]:
    """Return, of what is shown without a reward, which part of the right ones stays right and shown
    with it, and which part of the wrong ones is replaced or hidden."""
    pairs = [(one, other) for one, other in zip(plain, rewarded, strict=True) if one.shown]
    right = [other.shown and other.right for one, other in pairs if one.right]
    wrong = [not (other.shown and not other.right) for one, other in pairs if not one.right]
    return {"right kept": fmean(right or [1.0]), "wrong hidden": fmean(wrong or [0.0])}


def ordering(
    heard: Sequence[TaskBallots], policy: Policy, reward: Reward
) -> dict[str, tuple[float, float]]:
    """Return AUC and calibration error of the share of the votes and of the reward, each on the
    group that the default policy's votes put first."""
    firsts = [
        (escalation, winner.text)
        for escalation in Replayer(heard).escalations(policy)
        if (winner := escalation.election.winner) is not None
    ]
    right = [escalation.of_task.right[text] for escalation, text in firsts]
    shares = [escalation.election.share for escalation, _ in firsts]
    rewards = [escalation.weighed(reward).judgments[text].reward for escalation, text in firsts]
    return {
        name: (area_under_curve(scores, right), calibration_error(scores, right))
        for name, scores in (("share", shares), ("reward", rewards))
    }


def main() -> None:
    """Hear, fit, replay and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    arguments.add_argument("unseen", type=Path)
    arguments.add_argument("report", type=Path, nargs="+")
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--out", type=Path)
    arguments.add_argument("--policy-out", type=Path)
    options = arguments.parse_args()
    default, document = replayable(DEFAULT_POLICY), {}
    tasks, members = material(EvaluateOptions(repository=options.unseen, limit=options.limit))
    learned = asyncio.run(ask_all(tasks, members))
    found = fit_policy(learned, list(members.members.values()), Goal())
    fitted_on = f"{len(learned)} holes of files kept out of training"
    reward = msgspec.structs.replace(
        reward_for(default, Replayer(learned)),
        fitted_on=f"{fitted_on}, as the default policy hears them",
    )
    if options.out:
        save(reward, options.out)
    if options.policy_out:
        options.policy_out.write_text(
            fitted_policy_text(found, Goal(), fitted_on), encoding="utf-8"
        )
    careful = msgspec.structs.replace(default, minimum_reward=reward.keeps)
    for file in options.report:
        tasks, members = material(EvaluateOptions(file))
        heard, name = asyncio.run(ask_all(tasks, members)), file.name.partition(".")[0]
        replayer = Replayer(heard)
        outcomes = {
            "default, always answering": replayer.outcomes(always(default)),
            "fitted, always answering": replayer.outcomes(found.policy),
            "default": replayer.outcomes(default),
            "default with the reward": replayer.outcomes(careful, reward),
        }
        for policy, said in outcomes.items():
            print(line(policy, name, heard, said))
        document[name] = {
            "hidden": hidden(outcomes["default"], outcomes["default with the reward"]),
            "ordering": ordering(heard, default, reward),
        } | {policy: msgspec.to_builtins(figures(said)) for policy, said in outcomes.items()}
    document["fit"] = {
        "policy": [
            (t.model, t.samples, t.quorum, t.decides, t.longest) for t in found.policy.tiers
        ],
        "validated": msgspec.to_builtins(found.validated),
        "keeps": reward.keeps,
        "columns": [column.name for column in reward.columns],
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
