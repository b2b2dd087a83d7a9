"""Names in a definition: variables, functions, jumps, and what parallel branches write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from local.workflows import connectors
from local.workflows.definition import (
    UNSET,
    Assign,
    Block,
    Definition,
    Finding,
    For,
    Invoke,
    Nested,
    Parallel,
    Raise,
    Return,
    Routine,
    Step,
    Switch,
    Try,
    blocks,
)
from local.workflows.expressions import Call, Expression, Member, Name, walk
from local.workflows.host import CALLS
from local.workflows.retries import PREDICATES
from local.workflows.stdlib import FUNCTIONS

MAX_NESTING = 2
SYS_ENV = "sys.get_env"


def root(target: Expression) -> str | None:
    """The variable that an assignment target changes; None if it is no target."""
    while isinstance(target, Member):
        target = target.base
    return target.name if isinstance(target, Name) else None


def findings(definition: Definition) -> list[Finding]:
    """Everything about names that deployment would reject."""
    return [f for routine in definition.values() for f in _Routine(definition, routine).check()]


def _written(step: Step) -> Iterator[Expression]:
    match step.action:
        case Assign(entries):
            yield from (target for target, _ in entries)
        case Invoke(result=result) if result is not None:
            yield result


def _declared(block: Block) -> frozenset[str]:
    """Variables first set by these steps themselves, not in a loop, branch or handler."""
    names = {name for step in block for target in _written(step) if (name := root(target))}
    for step in block:
        match step.action:
            case Switch() | Nested():
                names |= {n for inner in blocks(step.action) for n in _declared(inner)}
            case Try(body):
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
        """False if the variable belongs to a parent of a parallel step that does not share it."""
        if name in self.names or self.parent is None:
            return True
        hidden = self.shared is not None and name not in self.shared and self.parent.sees(name)
        return not hidden and self.parent.writes(name)

    def child(self, block: Block, *own: str | None, shared: frozenset[str] | None = None) -> _Scope:
        local = {name for name in _declared(block) if not self.sees(name)}
        return _Scope(frozenset(local | {name for name in own if name}), self, shared)


@dataclass(frozen=True)
class _Place:
    """Where a block stands: what it sees and where it may jump."""

    scope: _Scope
    targets: frozenset[str] = frozenset()
    loop: bool = False
    breakable: bool = False
    nesting: int = 0


class _Routine:
    def __init__(self, definition: Definition, routine: Routine) -> None:
        self.definition = definition
        self.routine = routine
        self.found: list[Finding] = []
        self.step = Step("", routine.line, None)

    def reject(self, message: str) -> None:
        self.found.append(Finding(self.step.name, self.step.line, message))

    def check(self) -> list[Finding]:
        names = frozenset(self.routine.parameters) | _declared(self.routine.body)
        self.block(self.routine.body, _Place(_Scope(names)))
        return self.found

    def block(self, block: Block, place: _Place) -> None:
        place = replace(place, targets=place.targets | {step.name for step in block})
        for step in block:
            self.step = step
            self.jump(step.next, place)
            for target in _written(step):
                self.target(target, place.scope)
            self.action(step, place)

    def jump(self, target: str | None, place: _Place) -> None:
        if target == "end" and place.nesting:
            self.reject("next: end cannot leave a parallel step")
        elif target in ("break", "continue"):
            if not place.loop or (target == "break" and not place.breakable):
                self.reject(f"next: {target} outside of a for loop that allows it")
        elif target is not None and target != "end" and target not in place.targets:
            self.reject(
                f"next: unknown step {target} (a loop or a branch cannot be left or entered)"
            )

    def action(self, step: Step, place: _Place) -> None:
        match step.action:
            case Assign(entries):
                self.values([value for _, value in entries], place)
            case Invoke() as invoke:
                self.values(invoke.arguments.values(), place)
                self.invoke(invoke)
            case Switch(cases):
                for condition, case in cases:
                    self.step = step
                    self.values([condition], place)
                    self.case(case, place)
            case Return(value) | Raise(value):
                if isinstance(step.action, Return) and place.nesting:
                    self.reject("return cannot leave a parallel step")
                self.values([value], place)
            case For() as loop:
                self.loop(loop, place, None)
            case Parallel() as parallel:
                self.parallel(parallel, place)
            case Nested(body):
                self.block(body, place)
            case Try() as attempt:
                self.attempt(attempt, place)

    def case(self, case: Step, place: _Place) -> None:
        self.step = case
        self.jump(case.next, place)
        for target in _written(case):
            self.target(target, place.scope)
        self.action(case, place)

    def loop(self, loop: For, place: _Place, shared: frozenset[str] | None) -> None:
        self.values([loop.items], place)
        scope = place.scope.child(loop.body, loop.value, loop.index, shared=shared)
        inside = replace(place, scope=scope, targets=frozenset(), loop=True)
        self.block(loop.body, replace(inside, breakable=shared is None))

    def parallel(self, parallel: Parallel, place: _Place) -> None:
        place = replace(place, nesting=place.nesting + 1)
        if place.nesting > MAX_NESTING:
            self.reject(f"parallel steps can be nested {MAX_NESTING} deep")
        for name in sorted(parallel.shared):
            if not place.scope.sees(name):
                self.reject(f"shared: unknown variable {name}")
        if parallel.loop:
            self.loop(parallel.loop, place, parallel.shared)
        for _, body in parallel.branches:
            scope = place.scope.child(body, shared=parallel.shared)
            self.block(body, replace(place, scope=scope, targets=frozenset(), loop=False))

    def attempt(self, attempt: Try, place: _Place) -> None:
        predicate = attempt.policy.predicate if attempt.policy else "retry.never"
        if predicate not in PREDICATES and predicate not in self.definition:
            self.reject(f"retry: unknown predicate {predicate}")
        self.block(attempt.body, place)
        if attempt.handler:
            scope = place.scope.child(attempt.handler, attempt.variable)
            self.block(attempt.handler, replace(place, scope=scope))

    def target(self, target: Expression, scope: _Scope) -> None:
        name = root(target)
        if name and not scope.writes(name):
            self.reject(f"variable {name} of a parent is written in parallel but not in shared")
        while isinstance(target, Member):
            self.values([target.key], _Place(scope))
            target = target.base

    def values(self, expressions: Iterator[Expression] | list[Expression], place: _Place) -> None:
        for expression in expressions:
            for part in walk(expression):
                if isinstance(part, Name) and not place.scope.sees(part.name):
                    self.reject(
                        f"symbol '{part.name}' is neither a variable nor a sub-workflow name"
                    )
                if isinstance(part, Call):
                    self.function(part)

    def function(self, call: Call) -> None:
        name, given = call.function, len(call.arguments)
        if name in self.definition:
            self.arity(name, given)
        elif name in CALLS or name.startswith("googleapis."):
            self.reject(f"{name} blocks: it needs a call step and cannot stand in an expression")
        elif name not in FUNCTIONS:
            self.reject(f"unknown function {name}")
        elif problem := FUNCTIONS[name].misuse(given):
            self.reject(problem)

    def arity(self, name: str, given: int) -> None:
        parameters = self.definition[name].parameters
        required = sum(default is UNSET for default in parameters.values())
        if not required <= given <= len(parameters):
            self.reject(f"{name} takes {required} to {len(parameters)} arguments, not {given}")

    def invoke(self, invoke: Invoke) -> None:
        name, names = invoke.function, invoke.arguments
        if name in self.definition:
            problem = self.keywords(name, invoke)
        elif name in CALLS:
            problem = CALLS[name].misuse(names)
        elif name.startswith("googleapis."):
            problem = connectors.misuse(name, names)
        elif name in FUNCTIONS:
            problem = FUNCTIONS[name].misuse(0, names)
        else:
            problem = f"unknown function or subworkflow {name}"
        if problem:
            self.reject(problem if name in problem else f"{name}: {problem}")

    def keywords(self, name: str, invoke: Invoke) -> str | None:
        parameters = self.definition[name].parameters
        unknown = invoke.arguments.keys() - parameters.keys()
        missing = [p for p, d in parameters.items() if d is UNSET and p not in invoke.arguments]
        return (
            f"{name}: unknown {sorted(unknown)}, missing {missing}" if unknown or missing else None
        )
