"""Names in a definition: variables, functions, jumps, and what parallel branches write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from laptop.workflows.language import definition as tree
from laptop.workflows.language.definition import Finding
from laptop.workflows.language.expressions import Call, Expression, Name, walk
from laptop.workflows.language.library import FUNCTIONS, Function
from laptop.workflows.language.retries import PREDICATES

MAX_NESTING = 2
MAX_CONCURRENT = 20
# What is wrong with a blocking call of this name with these arguments; None if it can be made.
Problem = Callable[[str, Collection[str]], str | None]


def findings(definition: tree.Definition, problem: Problem) -> list[Finding]:
    """Everything about names that deployment would reject."""
    checker = _Checker(definition, problem)
    for routine in definition.values():
        checker.block(routine.body, _Scope().child(routine.body, *routine.parameters))
    return checker.found


def _written(step: tree.Step) -> Iterator[tree.Target]:
    match step.action:
        case tree.Assign(entries):
            yield from (target for target, _ in entries)
        case tree.Invoke(result=result) if result is not None:
            yield result


def _declared(block: tree.Block) -> frozenset[str]:
    """Variables first set by these steps themselves, not in a loop, branch or handler."""
    names = {target.name for step in block for target in _written(step)}
    for step in block:
        match step.action:
            case tree.Switch(cases):
                names |= _declared(tuple(case for _, case in cases))
            case tree.Nested(body) | tree.Try(body):
                names |= _declared(body)
    return frozenset(names)


@dataclass(frozen=True)
class _Scope:
    """What a block sees and must not write, where it may jump, and how deep in parallel it is."""

    visible: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset({"end"})
    nesting: int = 0

    def child(self, block: tree.Block, *own: str | None) -> _Scope:
        """The scope of a block with variables of its own, which hide those of its parents."""
        names = _declared(block) | {name for name in own if name}
        return replace(self, visible=self.visible | names, locked=self.locked - set(own))


@dataclass
class _Checker:
    definition: tree.Definition
    problem: Problem
    found: list[Finding] = field(default_factory=list)
    at: tuple[str, int] = ("", 1)

    def reject(self, message: str | None) -> None:
        if message:
            self.found.append(Finding(*self.at, message))

    def block(self, block: tree.Block, scope: _Scope) -> None:
        inner = replace(scope, targets=scope.targets | {step.name for step in block})
        for step in block:
            self.step(step, inner)

    def step(self, step: tree.Step, scope: _Scope) -> None:
        self.at = (step.name, step.line)
        if step.next is not None and step.next not in scope.targets:
            self.reject(f"next: {step.next} is unknown or cannot be reached from here")
        for target in _written(step):
            self.target(target, scope)
        self.action(step, scope)

    def action(self, step: tree.Step, scope: _Scope) -> None:
        match step.action:
            case tree.Assign(entries):
                self.values((value for _, value in entries), scope)
            case tree.Invoke(function, arguments):
                self.values(arguments.values(), scope)
                self.invoke(function, arguments)
            case tree.Switch(cases):
                for condition, case in cases:
                    self.at = (step.name, step.line)
                    self.values([condition], scope)
                    self.step(case, scope)
            case tree.Return(value) | tree.Raise(value):
                if isinstance(step.action, tree.Return) and scope.nesting:
                    self.reject("return cannot leave a parallel step")
                self.values([value], scope)
            case tree.For() as loop:
                self.loop(loop, scope, (scope.targets & {"end"}) | {"break", "continue"})
            case tree.Parallel() as parallel:
                self.parallel(parallel, scope)
            case tree.Nested(body):
                self.block(body, scope)
            case tree.Try() as attempt:
                self.attempt(attempt, scope)

    def loop(self, loop: tree.For, scope: _Scope, targets: frozenset[str]) -> None:
        self.values([loop.items], scope)
        inner = scope.child(loop.body, loop.value, loop.index)
        self.block(loop.body, replace(inner, targets=targets))

    def parallel(self, parallel: tree.Parallel, scope: _Scope) -> None:
        self.values([parallel.limit], scope)
        locked = scope.locked | (scope.visible - parallel.shared)
        scope = _Scope(scope.visible, locked, frozenset(), scope.nesting + 1)
        if scope.nesting > MAX_NESTING:
            self.reject(f"parallel steps can be nested {MAX_NESTING} deep")
        for name in sorted(parallel.shared - scope.visible):
            self.reject(f"shared: unknown variable {name}")
        if parallel.loop:
            self.loop(parallel.loop, scope, frozenset({"continue"}))
        for branch in parallel.branches:
            self.block((branch,), scope.child((branch,)))

    def attempt(self, attempt: tree.Try, scope: _Scope) -> None:
        self.predicate(attempt.retry.policy.predicate)
        self.values((value for _, value in attempt.retry.numbers), scope)
        self.block(attempt.body, scope)
        if attempt.handler:
            self.block(attempt.handler, scope.child(attempt.handler, attempt.variable))

    def predicate(self, name: str) -> None:
        if name in self.definition:
            self.reject(_wrong_arity(name, self.definition[name].parameters, 1))
        elif name not in PREDICATES:
            known = ", ".join(PREDICATES)
            self.reject(f"retry: {name} is neither a subworkflow nor one of {known}")

    def target(self, target: tree.Target, scope: _Scope) -> None:
        name = target.name
        if name in scope.locked:
            self.reject(f"variable {name} of a parent is written in parallel but not in shared")
        self.values(target.keys, scope)

    def values(self, expressions: Iterable[Expression], scope: _Scope) -> None:
        for part in chain.from_iterable(map(walk, expressions)):
            match part:
                case Name(name) if name not in scope.visible:
                    self.reject(f"symbol '{name}' is neither a variable nor a sub-workflow name")
                case Call(name, arguments) if callee := self.callee(name):
                    self.reject(_wrong_arity(name, callee.parameters, len(arguments)))
                case Call(name) if name.startswith("googleapis."):
                    self.reject(f"connector {name} cannot be called inside an expression: use call")
                case Call(name):
                    self.reject(f"{name} is no function that an expression can call")

    def invoke(self, name: str, given: Collection[str]) -> None:
        if callee := self.callee(name):
            self.reject(_wrong_keywords(name, callee.parameters, given))
        else:
            self.reject(self.problem(name, given))

    def callee(self, name: str) -> tree.Routine | Function | None:
        return self.definition.get(name) or FUNCTIONS.get(name)


def _wrong_arity(name: str, parameters: Mapping[str, Any], given: int) -> str | None:
    """What is wrong with a call of `given` positions."""
    required = sum(default is tree.UNSET for default in parameters.values())
    if required <= given <= len(parameters):
        return None
    return f"{name} takes {required} to {len(parameters)} arguments, not {given}"


def _wrong_keywords(name: str, parameters: Mapping[str, Any], given: Collection[str]) -> str | None:
    """What is wrong with a call with these argument names."""
    unknown = sorted(set(given) - parameters.keys())
    required = [parameter for parameter, default in parameters.items() if default is tree.UNSET]
    missing = [parameter for parameter in required if parameter not in given]
    return f"{name}: unknown {unknown}, missing {missing}" if unknown or missing else None
