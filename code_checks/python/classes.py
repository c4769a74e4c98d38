"""The attributes of Python's classes: what methods read from `self`, and what may define it.

Precise rather than complete. A class and all classes of the document that it is related to by
inheritance are one family: whatever one of them binds or uses, each may have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from code_checks.python.scope import Region

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ALWAYS = frozenset(dir(object)) | frozenset(dir(type))
_CATCHERS = frozenset(("__getattr__", "__getattribute__", "__setattr__", "__init_subclass__"))
_PLAIN_DECORATORS = frozenset(("dataclass", "total_ordering", "final", "runtime_checkable"))
_RECEIVERS = frozenset(("self", "cls"))

ClassPath = tuple[str, ...]
"""The names of a class and of the classes and functions around it, the outermost first."""


class AttributeRead(NamedTuple):
    """An attribute that a method reads from the object or the class that it is called on."""

    owner: ClassPath
    """The class whose method it is."""
    name: str
    """The attribute's name."""


class ClassFamily(NamedTuple):
    """What is known of the attributes of a class."""

    known: frozenset[str]
    """The attributes that it may have."""
    open: str
    """Why it may have any other attribute as well, "" if it may not."""


def attributes_read(module: ast.Module, region: Region) -> list[AttributeRead]:
    """Return what methods read from `self` or `cls` inside a region; `self.x += 1` reads `x`."""
    found: list[AttributeRead] = []
    waiting: list[tuple[ast.AST, ast.AST, ClassPath, ClassPath, str]] = [
        (module, module, (), (), "")
    ]
    while waiting:
        node, parent, path, owner, receiver = waiting.pop()
        if isinstance(node, ast.ClassDef):
            path, owner, receiver = (*path, node.name), (*path, node.name), ""
        elif isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            if isinstance(parent, ast.ClassDef) and not isinstance(node, ast.Lambda):
                receiver = _receiver(node)
            elif receiver in {argument.arg for argument in _arguments(node)}:
                receiver = ""
            path = (*path, getattr(node, "name", ""))
        elif isinstance(node, ast.Attribute):
            reads = isinstance(node.ctx, ast.Load) or isinstance(parent, ast.AugAssign)
            if reads and isinstance(node.value, ast.Name) and node.value.id == receiver != "":
                found.append(AttributeRead(owner, node.attr))
        waiting += [
            (child, node, path, owner, receiver)
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.stmt | ast.expr) or region.touches(child)
        ]
    return found


def defined_in(module: ast.Module) -> frozenset[str]:
    """Return every name that any class body of a module binds, or that is set on any object."""
    bound: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            bound |= _bound_in_body(node)
    return frozenset(bound) | _set_on_objects(module)


@lru_cache(maxsize=32)
def class_family(module: ast.Module, owner: ClassPath) -> ClassFamily | None:
    """Return what is known of the attributes of a class; None if not just one has that name."""
    classes = dict[ClassPath, list[ast.ClassDef]]()
    for path, node in _classes(module):
        classes.setdefault(path, []).append(node)
    if len(classes.get(owner, ())) != 1:
        return None
    named: dict[str, list[ast.ClassDef]] = {}
    for path, nodes in classes.items():
        named.setdefault(path[-1], []).extend(nodes)
    members = _related(classes[owner][0], named)
    reasons = (reason for member in members for reason in _openings(member, module, named))
    known = _ALWAYS | _set_on_objects(module) | _words_in_strings(module)
    return ClassFamily(known.union(*(_used_in(member) for member in members)), next(reasons, ""))


def _classes(module: ast.Module) -> Iterator[tuple[ClassPath, ast.ClassDef]]:
    waiting: list[tuple[ast.AST, ClassPath]] = [(module, ())]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, (ast.ClassDef, *_FUNCTIONS)):
            path = (*path, node.name)
        if isinstance(node, ast.ClassDef):
            yield path, node
        waiting += [(child, path) for child in ast.iter_child_nodes(node)]


def _related(node: ast.ClassDef, named: dict[str, list[ast.ClassDef]]) -> list[ast.ClassDef]:
    """Return a class with its bases and its derived classes, and theirs, and so on."""
    everyone = [each for nodes in named.values() for each in nodes]
    found, waiting = [node], [node]
    while waiting:
        member = waiting.pop()
        bases = [base for name in _base_names(member) for base in named.get(name, ())]
        derived = [each for each in everyone if member.name in _base_names(each)]
        for other in (*bases, *derived):
            if not any(other is each for each in found):
                found.append(other)
                waiting.append(other)
    return found


def _base_names(node: ast.ClassDef) -> list[str]:
    return [base.id for base in node.bases if isinstance(base, ast.Name)]


def _openings(
    node: ast.ClassDef, module: ast.Module, named: dict[str, list[ast.ClassDef]]
) -> Iterator[str]:
    """Yield what may give a class attributes that are not to be seen."""
    elsewhere = _bound_otherwise(module)
    for base in node.bases:
        name = base.id if isinstance(base, ast.Name) else ""
        if name != "object" and (name not in named or name in elsewhere):
            yield f"the base {ast.unparse(base)!r} is not of this file"
    if node.keywords:
        yield "a metaclass may define attributes"
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = getattr(called, "attr", getattr(called, "id", ""))
        if name not in _PLAIN_DECORATORS:
            yield f"the decorator {ast.unparse(decorator)!r} may define attributes"
    caught = _CATCHERS & _bound_in_body(node)
    if caught:
        yield f"there is {min(caught)}"


@lru_cache(maxsize=8)
def _bound_otherwise(module: ast.Module) -> frozenset[str]:
    """Return the names that a module imports or assigns somewhere."""
    bound: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
    return frozenset(bound)


def _receiver(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return what a method calls its object or its class, "" where that is not sure."""
    positional = [*node.args.posonlyargs, *node.args.args]
    name = positional[0].arg if positional else ""
    is_static = any(getattr(each, "id", "") == "staticmethod" for each in node.decorator_list)
    is_bound_anew = any(
        isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load)
        for statement in node.body
        for each in ast.walk(statement)
    )
    return name if name in _RECEIVERS and not is_static and not is_bound_anew else ""


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.arg]:
    return [each for each in ast.walk(node.args) if isinstance(each, ast.arg)]


def _bound_in_body(node: ast.ClassDef) -> set[str]:
    """Return the names that a class body binds, outside the functions and classes in it."""
    bound: set[str] = set()
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        found = waiting.pop()
        if isinstance(found, (*_FUNCTIONS, ast.ClassDef)):
            bound.add(found.name)
        elif isinstance(found, ast.Name) and not isinstance(found.ctx, ast.Load):
            bound.add(found.id)
        elif isinstance(found, ast.alias):
            bound.add((found.asname or found.name).split(".")[0])
        else:
            waiting.extend(ast.iter_child_nodes(found))
    return bound


def _used_in(node: ast.ClassDef) -> set[str]:
    """Return what a class binds, and every attribute that is named anywhere in it."""
    attributes = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return _bound_in_body(node) | attributes


def _set_on_objects(module: ast.Module) -> frozenset[str]:
    """Return every attribute that is set somewhere; `self.x += 1` only changes one."""
    changed = {id(node.target) for node in ast.walk(module) if isinstance(node, ast.AugAssign)}
    return frozenset(
        node.attr
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and not isinstance(node.ctx, ast.Load)
        and id(node) not in changed
    )


def _words_in_strings(module: ast.Module) -> frozenset[str]:
    """Return the words of all strings but docstrings: slots, fields, names for `getattr`."""
    prose = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    return frozenset(
        word
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        for word in node.value.replace(",", " ").split()
    )
