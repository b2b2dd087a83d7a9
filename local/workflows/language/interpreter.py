"""Runs a definition: steps, jumps, loops, branches, retries, subworkflows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from local.workflows.language import definition as tree
from local.workflows.language.checks import MAX_NESTING
from local.workflows.language.errors import Frame, WorkflowError, encode, failure, kind
from local.workflows.language.expressions import Call, Expression, evaluate, walk
from local.workflows.language.library import FUNCTIONS
from local.workflows.language.operators import number
from local.workflows.language.retries import PREDICATES
from local.workflows.language.scope import Memory, Scope

MAX_STEPS = 100_000
MAX_DEPTH = 20
MAX_CONCURRENT = 20
MAX_BRANCH_ERRORS = 100


@dataclass(frozen=True)
class Jump:
    """Control goes to a step, or to end, break or continue."""

    target: str


@dataclass(frozen=True)
class Result:
    """The routine is left with a value."""

    value: Any


Outcome = Jump | Result | None


@dataclass(frozen=True)
class Activation:
    """One call of a routine, in the branch it runs in."""

    routine: str
    depth: int
    nesting: int
    callers: tuple[tuple[str, str], ...] = ()
    step: str = ""


class Host(Protocol):
    """What an execution may do to the world; every method raises Cancelled once cancelled."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What sys.get_env sees."""

    def enter(self, steps: list[tuple[str, str]]) -> None:
        """A step starts; (routine, step) from main inwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def call(self, function: str, arguments: dict[str, Any]) -> Any:
        """A blocking call: http.*, sys.log, sys.sleep, a connector."""


class Interpreter:
    """One execution of a definition."""

    def __init__(self, definition: tree.Definition, host: Host) -> None:
        self._definition = definition
        self._host = host
        self._memory = Memory()
        self._count = itertools.count(1)

    def run(self, argument: Any) -> Any:
        """The result of main; WorkflowError if it is not caught, Cancelled if cancelled."""
        main = self._definition["main"]
        arguments = dict.fromkeys(main.parameters, argument)
        value = self._routine(main, arguments, Activation("main", 1, 0))
        encode(value)
        return value

    def _routine(self, routine: tree.Routine, arguments: dict[str, Any], at: Activation) -> Any:
        if at.depth > MAX_DEPTH:
            raise failure("RecursionError", f"calls nested more than {MAX_DEPTH} deep")
        defaults = {k: v for k, v in routine.parameters.items() if v is not tree.UNSET}
        with Scope(self._memory, None, **{**defaults, **arguments}) as scope:
            outcome = self._block(routine.body, scope, at)
        return outcome.value if isinstance(outcome, Result) else None

    def _subworkflow(self, name: str, arguments: dict[str, Any], at: Activation) -> Any:
        callers = (*at.callers, (at.routine, at.step))
        called = Activation(name, at.depth + 1, at.nesting, callers)
        return self._routine(self._definition[name], arguments, called)

    def _block(self, block: tree.Block, scope: Scope, at: Activation) -> Outcome:
        positions = {step.name: i for i, step in enumerate(block)}
        position = 0
        while position < len(block):
            outcome = self._step(block[position], scope, at)
            if isinstance(outcome, Jump) and outcome.target in positions:
                position = positions[outcome.target]
            elif outcome is not None:
                return outcome
            else:
                position += 1
        return None

    def _step(self, step: tree.Step, scope: Scope, at: Activation) -> Outcome:
        at = Activation(at.routine, at.depth, at.nesting, at.callers, step.name)
        try:
            self._host.enter([*at.callers, (at.routine, step.name)])
            if next(self._count) > MAX_STEPS:
                raise failure("ResourceLimitError", f"more than {MAX_STEPS} steps")
            outcome = self._action(step, scope, at)
        except WorkflowError as error:
            error.passes(at.depth, Frame(step.name, at.routine, step.line))
            raise
        if outcome is None and step.next is not None:
            return Jump(step.next)
        return outcome

    def _action(self, step: tree.Step, scope: Scope, at: Activation) -> Outcome:
        match step.action:
            case tree.Assign(entries):
                for target, expression in entries:
                    self._assign(target, expression, scope, at)
            case tree.Invoke() as invoke:
                self._invoke(invoke, scope, at)
            case tree.Switch() as switch:
                return self._switch(switch, scope, at)
            case tree.Return(expression):
                return Result(self._value(expression, scope, at))
            case tree.Raise(expression):
                raise WorkflowError(_raisable(self._value(expression, scope, at)))
            case tree.For() as loop:
                return self._loop(loop, scope, at)
            case tree.Parallel() as parallel:
                self._parallel(parallel, scope, at)
            case tree.Nested(body):
                return self._block(body, scope, at)
            case tree.Try() as attempt:
                return self._try(attempt, scope, at)
        return None

    def _value(self, expression: Expression, scope: Scope, at: Activation) -> Any:
        def call(name: str, arguments: list[Any]) -> Any:
            if name not in self._definition:
                return FUNCTIONS[name](arguments, self._host.environment)
            named = dict(zip(self._definition[name].parameters, arguments, strict=False))
            return self._subworkflow(name, named, at)

        return evaluate(expression, scope, call)

    def _assign(
        self, target: tree.Target, expression: Expression, scope: Scope, at: Activation
    ) -> None:
        # Read, compute and write are one atomic act unless a subworkflow runs in between.
        pure = not any(
            isinstance(part, Call) and part.function in self._definition
            for part in walk(expression)
        )
        with self._memory.lock if pure else nullcontext():
            self._store(target, self._value(expression, scope, at), scope, at)

    def _store(self, target: tree.Target, value: Any, scope: Scope, at: Activation) -> None:
        keys = [self._value(key, scope, at) for key in target.keys]
        with self._memory.lock:
            scope.assign(target.name, keys, value)

    def _invoke(self, invoke: tree.Invoke, scope: Scope, at: Activation) -> None:
        given = {k: self._value(v, scope, at) for k, v in invoke.arguments.items()}
        value = self._call(invoke.function, given, at)
        if invoke.result is not None:
            self._store(invoke.result, value, scope, at)

    def _call(self, name: str, given: dict[str, Any], at: Activation) -> Any:
        if name in self._definition:
            return self._subworkflow(name, given, at)
        if name not in FUNCTIONS:
            return self._host.call(name, given)
        ordered = [given.get(p, default) for p, default in FUNCTIONS[name].parameters.items()]
        return FUNCTIONS[name](ordered, self._host.environment)

    def _switch(self, switch: tree.Switch, scope: Scope, at: Activation) -> Outcome:
        for condition, case in switch.cases:
            value = self._value(condition, scope, at)
            if not isinstance(value, bool):
                raise failure("TypeError", f"a condition must be a boolean, not {kind(value)}")
            if value:
                outcome = self._action(case, scope, at)
                return Jump(case.next) if outcome is None and case.next else outcome
        return None

    def _items(self, loop: tree.For, scope: Scope, at: Activation) -> Iterator[Any]:
        items = self._value(loop.items, scope, at)
        if not isinstance(items, list):
            raise failure("TypeError", f"for: a list is needed, not {kind(items)}")
        return _range(items) if loop.is_range else iter(items)

    def _loop(self, loop: tree.For, scope: Scope, at: Activation) -> Outcome:
        for index, item in enumerate(self._items(loop, scope, at)):
            outcome = self._iteration(loop, index, item, scope, at)
            if isinstance(outcome, Jump) and outcome.target == "break":
                return None
            if outcome is not None and outcome != Jump("continue"):
                return outcome
        return None

    def _iteration(
        self, loop: tree.For, index: int, item: Any, scope: Scope, at: Activation
    ) -> Outcome:
        own = {loop.value: item, **({loop.index: index} if loop.index else {})}
        with Scope(self._memory, scope, **own) as local:
            return self._block(loop.body, local, at)

    def _parallel(self, parallel: tree.Parallel, scope: Scope, at: Activation) -> None:
        if at.nesting >= MAX_NESTING:
            raise failure("ParallelNestingError", f"more than {MAX_NESTING} levels of parallel")
        inner = Activation(at.routine, at.depth, at.nesting + 1, at.callers, at.step)
        with ThreadPoolExecutor(min(parallel.limit, MAX_CONCURRENT)) as pool:
            if parallel.loop:
                items = enumerate(self._items(parallel.loop, scope, at))
                started = {
                    str(i): pool.submit(self._iteration, parallel.loop, i, item, scope, inner)
                    for i, item in items
                }
            else:
                started = {
                    branch.name: pool.submit(self._branch, branch, scope, inner)
                    for branch in parallel.branches
                }
        errors = {name: future.exception() for name, future in started.items()}
        _raise_branches({name: error for name, error in errors.items() if error})

    def _branch(self, branch: tree.Step, scope: Scope, at: Activation) -> Outcome:
        with Scope(self._memory, scope) as local:
            return self._block((branch,), local, at)

    def _try(self, attempt: tree.Try, scope: Scope, at: Activation) -> Outcome:
        delays = attempt.policy.delays()
        while True:
            try:
                return self._block(attempt.body, scope, at)
            except WorkflowError as error:
                delay = next(delays, None) if self._again(attempt, error, at) else None
                if delay is None:
                    return self._handle(attempt, error, scope, at)
            self._host.sleep(delay)

    def _again(self, attempt: tree.Try, error: WorkflowError, at: Activation) -> bool:
        predicate = attempt.policy.predicate
        if predicate in PREDICATES:
            return PREDICATES[predicate](error.value)
        [parameter] = self._definition[predicate].parameters
        return self._subworkflow(predicate, {parameter: error.value}, at) is True

    def _handle(
        self, attempt: tree.Try, error: WorkflowError, scope: Scope, at: Activation
    ) -> Outcome:
        if attempt.handler is None:
            raise error
        own = {attempt.variable: error.value} if attempt.variable else {}
        with Scope(self._memory, scope, **own) as local:
            return self._block(attempt.handler, local, at)


def _raisable(value: Any) -> Any:
    if isinstance(value, str | dict):
        return value
    raise failure("TypeError", f"raise needs a string or a map, not {kind(value)}")


def _range(bounds: list[Any]) -> Iterator[Any]:
    if len(bounds) != 2 or not all(map(number, bounds)):
        raise failure("TypeError", "range needs two numbers")
    current, last = bounds
    while current <= last:
        yield current
        current += 1


def _raise_branches(errors: dict[str, BaseException]) -> None:
    """Cancellation and faults of this program pass as they are; the rest become one error."""
    for error in errors.values():
        if not isinstance(error, WorkflowError):
            raise error
    if errors:
        shown = list(errors.items())[:MAX_BRANCH_ERRORS]
        branches = [
            {"id": name, "error": {"context": error.context, "payload": error.value}}
            for name, error in shown
            if isinstance(error, WorkflowError)
        ]
        raise failure(
            "UnhandledBranchError",
            "One or more branches or iterations encountered an unhandled runtime error",
            branches=branches,
            truncated=len(errors) > len(shown),
        )
