"""The pure replay gives what the product gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from code_checks.hole import Extent
from ensemble.evaluation.members import Members, recorded_members
from ensemble.evaluation.plans import Plan, PlanKind
from ensemble.evaluation.replay import replay
from ensemble.evaluation.search.ballots import TaskBallots, ask_all
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.policy_reward import reward_for
from ensemble.evaluation.tasks import Task
from ensemble.policy.policy import Policy, Selection, Tier, VoteKey
from ensemble.reward.reward_files import save
from ensemble.reward.reward_model import Reward
from tests.ensemble.evaluation.material import TASKS, recordings, written
from tests.ensemble.evaluation.search import synthetic

ALL = tuple(Extent)


def policy(*tiers: Tier, **changes: object) -> Policy:
    plain = Policy(tiers, selection=Selection.TEXT, test_samples=0, minimum_agreement=0.0)
    return msgspec.structs.replace(plain, **changes)


def drawn(chance: random.Random, models: Sequence[str]) -> Policy:
    """Return some policy, as odd as the fields allow."""
    order = chance.sample(list(models), chance.randint(1, len(models)))
    return policy(
        *(
            Tier(
                model,
                quorum=chance.choice([0.3, 0.5, 0.6, 0.85, 1.0]),
                decides=chance.random() > 1 / 6,
                longest=chance.choice([None, None, 0, 24, 40]),
                abstain=chance.choice([0.0, 0.0, 0.5, 0.7]),
                cost=chance.choice([0.0, 1.0, 2.0]),
            )
            for model in order
        ),
        minimum_agreement=chance.choice([0.0, 0.0, 0.4, 0.6, 1.01]),
        weights={model: chance.choice([0.5, 1.0, 1.7]) for model in order[1:]},
        prefer=tuple(chance.sample(order, len(order) // 2)),
        key=chance.choice(list(VoteKey)),
        vote_chars=chance.choice([None, 20, 26]),
        budget=chance.choice([float("inf"), 3.0]),
        last_resort=chance.choice([True, False]),
        tested_extents=chance.choice([(), ALL]),
        gates=chance.choice([("syntax", "names", "tests"), ("syntax", "names")]),
    )


async def agree(
    ballots: Sequence[TaskBallots],
    some: Policy,
    tasks: Sequence[Task],
    members: Members,
    reward: Reward | None = None,
) -> None:
    """Compare texts and costs of every task."""
    plan = Plan("some", PlanKind.POLICY, some)
    replies = await replay(plan, tasks, members)
    for outcome, (reply,) in zip(Replayer(ballots).outcomes(some, reward), replies, strict=True):
        assert ((outcome.text,) if outcome.shown else ()) == reply.texts
        assert outcome.cost == pytest.approx(reply.cost)
        assert outcome.asked == sum(reply.calls.values())


async def test_policies_with_a_reward(tmp_path: Path) -> None:
    """The product reads the reward from its file; the replay is given it."""
    chance = random.Random(7)
    tasks = synthetic.tasks(12, holes=3)
    members = synthetic.members(tmp_path, tasks)
    ballots = await ask_all(tasks, members)
    models = [model for model in members.members if model != "broken"]
    everybody = policy(*(Tier(model, decides=False) for model in models))
    reward = reward_for(everybody, Replayer(ballots))
    save(reward, file := tmp_path / "some.reward.json")
    hidden = reordered = 0
    odd = [drawn(chance, models) for _ in range(7)]
    for some in (everybody, *(msgspec.structs.replace(one, tested_extents=()) for one in odd)):
        minimum = chance.choice([0.0, 0.5, 0.9])
        weighed = msgspec.structs.replace(some, reward=str(file), minimum_reward=minimum)
        await agree(ballots, weighed, tasks, members, reward)
        pairs = list(
            zip(
                Replayer(ballots).outcomes(weighed, reward),
                Replayer(ballots).outcomes(some),
                strict=True,
            )
        )
        hidden += sum(old.shown and not new.shown for new, old in pairs)
        reordered += sum(new.text != old.text and new.shown for new, old in pairs)
    assert hidden and reordered, "the rewards changed something"


async def test_any_policy_without_tests(tmp_path: Path) -> None:
    chance = random.Random(5)
    tasks = synthetic.tasks(3, holes=3)
    members = synthetic.members(tmp_path, tasks)
    ballots = await ask_all(tasks, members)
    for _ in range(25):
        some = drawn(chance, list(members.members))
        await agree(ballots, msgspec.structs.replace(some, tested_extents=()), tasks, members)


@pytest.mark.needs("sandbox")
async def test_policies_whose_candidates_are_run(tmp_path: Path) -> None:
    """Visible tests judge two of the four tasks."""
    visible = {
        "Line/Small/0/L0": ["assert double(1) == 2", "assert double(5) == 10"],
        "Line/Small/1/L0": ["assert largest([2, 9]) == 9"],
    }
    rows = [{**row, "visible_tests": visible.get(row["task_id"], [])} for row in recordings()]
    tasks = [msgspec.convert(dict(task), Task) for task in TASKS]
    members = recorded_members([written(tmp_path / "rows.jsonl", rows)], tasks)
    ballots = await ask_all(tasks, members)
    assert [of_task.judged for of_task in ballots] == [True, False, True, False]
    in_order = [Tier(model, longest=0) for model in ("alpha", "beta", "gamma")]
    for some in (
        policy(*in_order, tested_extents=ALL, last_resort=True),
        policy(Tier("gamma", decides=False), Tier("beta", decides=False), tested_extents=ALL),
        drawn(random.Random(2), list(members.members)),
    ):
        await agree(ballots, some, tasks, members)
