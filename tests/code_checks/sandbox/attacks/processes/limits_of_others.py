"""Takes the limits and the processors away from another process."""

import os
import resource

from tests.code_checks.sandbox.attacks.evil import escaped_if_any, facts


def limits() -> str:
    resource.prlimit(facts["victim"], resource.RLIMIT_FSIZE, (0, 0))
    return "limited"


def processors() -> str:
    os.sched_setaffinity(facts["victim"], {0})
    return "moved"


def priority() -> str:
    os.setpriority(os.PRIO_PROCESS, facts["victim"], 19)
    return "slowed"


escaped_if_any([limits, processors, priority])
