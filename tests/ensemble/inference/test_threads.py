"""The number of threads on a crowded machine, with a clock and a load made up for the purpose."""

from __future__ import annotations

from ensemble.inference.threads import Threads, physical_cores


class Machine:
    """A clock that moves when told and a load that is what the test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.busy = 0.0

    def threads(self, most: int) -> Threads:
        return Threads(most, clock=lambda: self.now, busy=lambda: self.busy)


def test_a_quiet_machine_keeps_all() -> None:
    threads = Machine().threads(4)
    for _ in range(100):
        assert threads.before_job() == 4
        assert threads.after_decode(0.01, 0.04) == 4


def test_a_crowded_decode_gives_one_up_and_comes_back_when_there_is_room() -> None:
    machine = Machine()
    threads = machine.threads(2)
    assert threads.after_decode(0.1, 0.06) == 1
    machine.busy = 1.0
    machine.now += 5
    assert threads.before_job() == 1
    machine.busy = 0.1
    assert threads.before_job() == 2


def test_one_thread_is_never_given_up() -> None:
    threads = Machine().threads(2)
    assert [threads.after_decode(0.1, 0.01) for _ in range(3)] == [1, 1, 1]


def test_coming_back_too_early_makes_it_wait_longer() -> None:
    machine = Machine()
    threads = machine.threads(2)
    waits = []
    for _ in range(4):
        assert threads.after_decode(0.1, 0.06) == 1
        begin = machine.now
        while threads.before_job() == 1:
            machine.now += 0.5
        waits.append(machine.now - begin)
    assert waits == [4.0, 8.0, 16.0, 32.0]


def test_a_decode_too_short_to_tell_changes_nothing() -> None:
    threads = Machine().threads(2)
    assert threads.after_decode(0.001, 0.0) == 2


def test_there_is_a_core() -> None:
    assert physical_cores() >= 1
