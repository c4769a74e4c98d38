"""Every event and every field of a trace is written by the product, and stands in a kept trace.

That whatever reads a trace finds the field there is what mypy checks; here is that it is ever
filled. (`explain` once looked for a fact that nobody had ever written.)
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, get_args

import msgspec
import pytest

from ensemble.trace import (
    action_events,
    candidate_events,
    request_events,
    testing_events,
    vote_events,
)
from ensemble.trace.request_events import Event
from ensemble.trace.trace import TraceEvent
from tests.notation import read_cases
from tests.tidy.sources import ROOT, files, text

MODULES = (request_events, candidate_events, vote_events, testing_events, action_events)
TRACES = ("tests/ensemble/trace/cases", "tests/lsp_server/answers/traces")
Struct = type[msgspec.Struct]


def structs(module: ModuleType) -> Iterator[Struct]:
    """Yield the structs that a module defines, without the one that others derive from."""
    for value in vars(module).values():
        mine = isinstance(value, type) and value.__module__ == module.__name__
        if mine and issubclass(value, msgspec.Struct) and value is not Event:
            yield value


STRUCTS = [struct for module in MODULES for struct in structs(module)]
EVENTS = [struct for struct in STRUCTS if issubclass(struct, Event)]


def written(struct: Struct, sources: Iterable[str]) -> set[str]:
    """Return the fields of a struct that the calls in these sources fill."""
    fields = struct.__struct_fields__
    found: set[str] = set()
    for call in (node for source in sources for node in ast.walk(ast.parse(source))):
        match call:
            case ast.Call(func=ast.Name(id=name)) if name == struct.__name__:
                found.update(keyword.arg for keyword in call.keywords if keyword.arg)
                unpacked = any(isinstance(argument, ast.Starred) for argument in call.args)
                found.update(fields if unpacked else fields[: len(call.args)])
            case _:
                pass
    return found


def product() -> list[str]:
    """Return the sources that may write a trace."""
    folders = ("ensemble/", "lsp_server/")
    return [text(file) for file in files() if file.startswith(folders) and file.endswith(".py")]


SOURCES = product()


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_is_written_somewhere(struct: Struct) -> None:
    assert written(struct, SOURCES) == set(struct.__struct_fields__)


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("Decided(1)", {"tier"}),
        ("Decided(1, reason=said)", {"tier", "reason"}),
        ("f(Decided(*both))", {"tier", "reason"}),
        ("Abstained(1)", set()),
    ],
)
def test_what_is_not_written_is_missed(source: str, fields: set[str]) -> None:
    assert written(request_events.Decided, [source]) == fields


def kept() -> list[dict[str, Any]]:
    """Return the steps of all traces that are kept as cases."""
    cases = [case for folder in TRACES for case in read_cases(ROOT / folder)]
    return [json.loads(line) for case in cases for line in case.sections["trace"].splitlines()]


STEPS = kept()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_field_stands_in_a_kept_trace(event: type[Event]) -> None:
    fields = set(event.__struct_fields__)
    required = {field.name for field in msgspec.structs.fields(event) if field.required}
    steps = [step["facts"] for step in STEPS if step["event"] == event.name]
    mine = [facts for facts in steps if required <= set(facts) <= fields]
    assert {name for facts in mine for name in facts} == fields


def test_every_step_of_a_kept_trace_is_an_event() -> None:
    assert {step["event"] for step in STEPS} == {event.name for event in EVENTS}


def test_a_step_can_be_every_event() -> None:
    assert set(get_args(TraceEvent)) == set(EVENTS)
