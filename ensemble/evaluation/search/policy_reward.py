"""A reward for one policy: fitted on the elections that it holds, so that it knows their shares."""

from __future__ import annotations

from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.policy.policy import Policy
from ensemble.reward.reward_fitting import fit_reward
from ensemble.reward.reward_model import Reward
from ensemble.reward.reward_rows import RewardRow


def reward_for(policy: Policy, replayer: Replayer) -> Reward:
    """Return a reward fitted on the elections that the policy holds there. Raises TooLittle."""
    rows = reward_rows(policy, replayer)
    return fit_reward(rows, f"{len(replayer.ballots)} tasks, as heard by {len(policy.tiers)} tiers")


def reward_rows(policy: Policy, replayer: Replayer) -> list[RewardRow]:
    """Return a row for each group of the last election that the policy holds of each task."""
    rows = []
    for escalation in replayer.escalations(policy):
        of_task = escalation.of_task
        rows += [
            RewardRow(features, of_task.right[text], of_task.task.task_id, of_task.task.cluster)
            for text, features in escalation.weighed(None).features.items()
        ]
    return rows
