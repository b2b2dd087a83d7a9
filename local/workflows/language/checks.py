"""Names in a definition: variables, functions, jumps, and what parallel branches write."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from local.workflows.language import definition as tree
from local.workflows.language.definition import Finding
from local.workflows.language.expressions import Call, Expression, Member, Name, walk
from local.workflows.language.library import FUNCTIONS, arity, keywords
from local.workflows.language.retries import PREDICATES

MAX_NESTING = 2
# What is wrong with a blocking call of this name with these arguments; None if it can be made.
Problem = Callable[[str, Collection[str]], str | None]


def root(target: Expression) -> str | None:
    """The variable that an assignment target changes; None if it is no target."""
    while isinstance(target, Member):
        target = target.base
    return target.name if isinstance(target, Name) else None


def findings(definition: tree.Definition, problem: Problem) -> list[Finding]:
    """Everything about names that deployment would reject."""
    checked = [_Checker(definition, routine, problem) for routine in definition.values()]
    return [finding for checker in checked for finding in checker.check()]


def _written(step: tree.Step) -> Iterator[Expression]:
    match step.action:
        case tree.Assign(entries):
            yield from (target for target, _ in entries)
        case tree.Invoke(result=result) if result is not None:
            yield result


def _declared(block: tree.Block) -> frozenset[str]:
    """Variables first set by these steps themselves, not in a loop, branch or handler."""
    names = {name for step in block for target in _written(step) if (name := root(target))}
    for step in block:
        match step.action:
            case tree.Switch(cases):
                names |= _declared(tuple(case for _, case in cases))
            case tree.Nested(body) | tree.Try(body):
                names |= _declared(body)
    return frozenset(names)


@dataclass(frozen=True)
class _Scope:
    names: frozenset[str]
    parent: _Scope | None = None
    shared: frozenset[str] | None = None

    def sees(self, name: str) -> bool:
        return name in self.names or bool(self.parent and self.parent.sees(name))

    def writes(self, name: str) -> bool:
        """False if a parent of a parallel step has the variable and does not share it."""
        if name in self.names or self.parent is None:
            return True
        hidden = self.shared is not None and name not in self.shared and self.parent.sees(name)
        return not hidden and self.parent.writes(name)

    def child(
        self, block: tree.Block, *own: str | None, shared: frozenset[str] | None = None
    ) -> _Scope:
        local = {name for name in _declared(block) if not self.sees(name)}
        return _Scope(frozenset(local | {name for name in own if name}), self, shared)


@dataclass(frozen=True)
class _Place:
    """Where a block stands: what it sees and where it may jump."""

    scope: _Scope
    targets: frozenset[str] = frozenset({"end"})
    nesting: int = 0

    def inside(self, block: tree.Block, **changes: object) -> _Place:
        place = replace(self, **changes)  # type: ignore[arg-type]
        return replace(place, targets=place.targets | {step.name for step in block})


class _Checker:
    def __init__(
        self, definition: tree.Definition, routine: tree.Routine, problem: Problem
    ) -> None:
        self.definition = definition
        self.routine = routine
        self.problem = problem
        self.found: list[Finding] = []
        self.at = tree.Step("", routine.line, None)

    def reject(self, message: str | None) -> None:
        if message:
            self.found.append(Finding(self.at.name, self.at.line, message))

    def check(self) -> list[Finding]:
        scope = _Scope(frozenset(self.routine.parameters) | _declared(self.routine.body))
        self.block(self.routine.body, _Place(scope))
        return self.found

    def block(self, block: tree.Block, place: _Place) -> None:
        place = place.inside(block)
        for step in block:
            self.step(step, place)

    def step(self, step: tree.Step, place: _Place) -> None:
        self.at = step
        if step.next is not None and step.next not in place.targets:
            self.reject(f"next: {step.next} is unknown or cannot be reached from here")
        for target in _written(step):
            self.target(target, place.scope)
        self.action(step, place)

    def action(self, step: tree.Step, place: _Place) -> None:
        match step.action:
            case tree.Assign(entries):
                self.values((value for _, value in entries), place.scope)
            case tree.Invoke() as invoke:
                self.values(invoke.arguments.values(), place.scope)
                self.invoke(invoke)
            case tree.Switch(cases):
                for condition, case in cases:
                    self.at = step
                    self.values([condition], place.scope)
                    self.step(case, place)
            case tree.Return(value) | tree.Raise(value):
                if isinstance(step.action, tree.Return) and place.nesting:
                    self.reject("return cannot leave a parallel step")
                self.values([value], place.scope)
            case tree.For() as loop:
                self.loop(loop, place, frozenset({"break", "continue"}), None)
            case tree.Parallel() as parallel:
                self.parallel(parallel, place)
            case tree.Nested(body):
                self.block(body, place)
            case tree.Try() as attempt:
                self.attempt(attempt, place)

    def loop(
        self, loop: tree.For, place: _Place, exits: frozenset[str], shared: frozenset[str] | None
    ) -> None:
        self.values([loop.items], place.scope)
        scope = place.scope.child(loop.body, loop.value, loop.index, shared=shared)
        leave = exits | (place.targets & {"end"})
        self.block(loop.body, replace(place, scope=scope, targets=leave))

    def parallel(self, parallel: tree.Parallel, place: _Place) -> None:
        place = replace(place, nesting=place.nesting + 1, targets=frozenset())
        if place.nesting > MAX_NESTING:
            self.reject(f"parallel steps can be nested {MAX_NESTING} deep")
        for name in sorted(parallel.shared):
            if not place.scope.sees(name):
                self.reject(f"shared: unknown variable {name}")
        if parallel.loop:
            self.loop(parallel.loop, place, frozenset({"continue"}), parallel.shared)
        for branch in parallel.branches:
            inner = branch.action.body if isinstance(branch.action, tree.Nested) else (branch,)
            scope = place.scope.child(inner, shared=parallel.shared)
            self.block((branch,), replace(place, scope=scope))

    def attempt(self, attempt: tree.Try, place: _Place) -> None:
        if attempt.policy:
            self.predicate(attempt.policy.predicate)
        self.block(attempt.body, place)
        if attempt.handler:
            scope = place.scope.child(attempt.handler, attempt.variable)
            self.block(attempt.handler, replace(place, scope=scope))

    def predicate(self, name: str) -> None:
        if name in self.definition:
            self.reject(arity(name, self.definition[name].parameters, 1, tree.UNSET))
        elif name not in PREDICATES:
            known = ", ".join(PREDICATES)
            self.reject(f"retry: {name} is neither a subworkflow nor one of {known}")

    def target(self, target: Expression, scope: _Scope) -> None:
        name = root(target)
        if name and not scope.writes(name):
            self.reject(f"variable {name} of a parent is written in parallel but not in shared")
        while isinstance(target, Member):
            self.values([target.key], scope)
            target = target.base

    def values(self, expressions: Iterable[Expression], scope: _Scope) -> None:
        for part in (part for expression in expressions for part in walk(expression)):
            if isinstance(part, Name) and not scope.sees(part.name):
                self.reject(f"symbol '{part.name}' is neither a variable nor a sub-workflow name")
            if isinstance(part, Call):
                self.function(part.function, len(part.arguments))

    def function(self, name: str, given: int) -> None:
        if name in self.definition:
            self.reject(arity(name, self.definition[name].parameters, given, tree.UNSET))
        elif name in FUNCTIONS:
            self.reject(arity(name, FUNCTIONS[name].parameters, given, inspect.Parameter.empty))
        else:
            self.reject(f"{name} is no function that an expression can call")

    def invoke(self, invoke: tree.Invoke) -> None:
        name, names = invoke.function, invoke.arguments
        if name in self.definition:
            self.reject(keywords(name, self.definition[name].parameters, names, tree.UNSET))
        elif name in FUNCTIONS:
            parameters = FUNCTIONS[name].parameters
            self.reject(keywords(name, parameters, names, inspect.Parameter.empty))
        else:
            self.reject(self.problem(name, names))
