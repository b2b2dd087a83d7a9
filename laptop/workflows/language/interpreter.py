"""Runs a definition: steps, jumps, loops, branches, retries, subworkflows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple, Protocol

from laptop.workflows.language import definition as tree
from laptop.workflows.language.checks import MAX_CONCURRENT, MAX_NESTING
from laptop.workflows.language.errors import Frame, WorkflowError, encode, expect, failure
from laptop.workflows.language.expressions import Call, Expression, evaluate, walk
from laptop.workflows.language.library import FUNCTIONS
from laptop.workflows.language.operators import number
from laptop.workflows.language.retries import PREDICATES, Policy
from laptop.workflows.language.scope import Memory, Scope

MAX_STEPS = 100_000
MAX_DEPTH = 20
MAX_BRANCH_ERRORS = 100


class Result(NamedTuple):
    """The routine is left with a value."""

    value: Any


# What a step leads to: a jump (to a step, end, break or continue), a return, or the next step.
Outcome = str | Result | None
Stack = tuple[tuple[str, str], ...]


class Activation(NamedTuple):
    """One call of a routine, in the branch it runs in, at the step it runs."""

    routine: str
    scope: Scope
    callers: Stack = ()
    nesting: int = 0
    step: str = ""

    @property
    def stack(self) -> Stack:
        """(routine, step) from main inwards."""
        return (*self.callers, (self.routine, self.step))


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
        arguments = dict.fromkeys(self._definition["main"].parameters, argument)
        value = self._routine("main", arguments, (), 0)
        # Raises for a result that JSON cannot hold.
        encode(value)
        return value

    def _routine(self, name: str, arguments: dict[str, Any], callers: Stack, nesting: int) -> Any:
        if len(callers) >= MAX_DEPTH:
            raise failure("RecursionError", f"calls nested more than {MAX_DEPTH} deep")
        routine = self._definition[name]
        defaults = {k: v for k, v in routine.parameters.items() if v is not tree.UNSET}
        with Scope(self._memory, None, **{**defaults, **arguments}) as scope:
            outcome = self._block(routine.body, Activation(name, scope, callers, nesting))
        return outcome.value if isinstance(outcome, Result) else None

    def _block(self, block: tree.Block, at: Activation) -> Outcome:
        positions = {step.name: i for i, step in enumerate(block)}
        position = 0
        while position < len(block):
            match self._step(block[position], at):
                case None:
                    position += 1
                case str(target) if target in positions:
                    position = positions[target]
                case outcome:
                    return outcome
        return None

    def _scoped(self, block: tree.Block, variables: dict[str, Any], at: Activation) -> Outcome:
        """The block with these variables, gone after it."""
        with Scope(self._memory, at.scope, **variables) as scope:
            return self._block(block, at._replace(scope=scope))

    def _step(self, step: tree.Step, at: Activation) -> Outcome:
        at = at._replace(step=step.name)
        try:
            self._host.enter(list(at.stack))
            if next(self._count) > MAX_STEPS:
                raise failure("ResourceLimitError", f"more than {MAX_STEPS} steps")
            return self._outcome(step, at)
        except WorkflowError as error:
            error.passes(len(at.callers), Frame(step.name, at.routine, step.line))
            raise

    def _outcome(self, step: tree.Step, at: Activation) -> Outcome:
        outcome = self._action(step.action, at)
        return step.next if outcome is None else outcome

    def _action(self, action: tree.Action, at: Activation) -> Outcome:
        match action:
            case tree.Assign(entries):
                for target, expression in entries:
                    self._assign(target, expression, at)
            case tree.Invoke(function, arguments, result):
                given = {name: self._value(value, at) for name, value in arguments.items()}
                value = self._call(function, given, at)
                if result is not None:
                    self._store(result, value, at)
            case tree.Switch(cases):
                return self._switch(cases, at)
            case tree.Return(expression):
                return Result(self._value(expression, at))
            case tree.Raise(expression):
                value = self._value(expression, at)
                raise WorkflowError(expect(value, str | dict, "raise needs a string or a map, not"))
            case tree.For() as loop:
                return self._loop(loop, at)
            case tree.Parallel() as parallel:
                self._parallel(parallel, at)
            case tree.Nested(body):
                return self._block(body, at)
            case tree.Try() as attempt:
                return self._try(attempt, at)
        return None

    def _value(self, expression: Expression, at: Activation) -> Any:
        return evaluate(expression, at.scope, partial(self._apply, at))

    def _apply(self, at: Activation, function: str, arguments: list[Any]) -> Any:
        """Call a subworkflow or a library function by position."""
        callee = self._definition.get(function) or FUNCTIONS[function]
        return self._call(function, dict(zip(callee.parameters, arguments, strict=False)), at)

    def _call(self, function: str, arguments: dict[str, Any], at: Activation) -> Any:
        """Call a subworkflow, a library function or the host by name."""
        if function in self._definition:
            return self._routine(function, arguments, at.stack, at.nesting)
        if function not in FUNCTIONS:
            return self._host.call(function, arguments)
        parameters = FUNCTIONS[function].parameters
        ordered = [arguments.get(name, default) for name, default in parameters.items()]
        return FUNCTIONS[function](ordered, self._host.environment)

    def _assign(self, target: tree.Target, expression: Expression, at: Activation) -> None:
        # Beside other branches, read, compute and write are one act unless a subworkflow runs.
        alone = at.nesting == 0 or any(
            isinstance(part, Call) and part.function in self._definition
            for part in walk(expression)
        )
        with nullcontext() if alone else self._memory.lock:
            self._store(target, self._value(expression, at), at)

    def _store(self, target: tree.Target, value: Any, at: Activation) -> None:
        keys = [self._value(key, at) for key in target.keys]
        with self._memory.lock:
            at.scope.assign(target.name, keys, value)

    def _switch(self, cases: tuple[tuple[Expression, tree.Step], ...], at: Activation) -> Outcome:
        for condition, case in cases:
            value = self._value(condition, at)
            if expect(value, bool, "a condition must be a boolean, not"):
                return self._outcome(case, at)
        return None

    def _loop(self, loop: tree.For, at: Activation) -> Outcome:
        for variables in self._iterations(loop, at):
            outcome = self._scoped(loop.body, variables, at)
            if outcome == "break":
                return None
            if outcome not in (None, "continue"):
                return outcome
        return None

    def _iterations(self, loop: tree.For, at: Activation) -> Iterator[dict[str, Any]]:
        """The variables that each iteration starts with."""
        items = expect(self._value(loop.items, at), list, "for: a list is needed, not")
        for index, item in enumerate(_range(items) if loop.is_range else items):
            yield {loop.value: item, **({loop.index: index} if loop.index else {})}

    def _parallel(self, parallel: tree.Parallel, at: Activation) -> None:
        if at.nesting >= MAX_NESTING:
            raise failure("ParallelNestingError", f"more than {MAX_NESTING} levels of parallel")
        if parallel.loop:
            iterations = enumerate(self._iterations(parallel.loop, at))
            branches = {str(i): (parallel.loop.body, variables) for i, variables in iterations}
        else:
            branches = {branch.name: ((branch,), {}) for branch in parallel.branches}
        inner = at._replace(nesting=at.nesting + 1)
        limit = self._value(parallel.limit, at)
        if type(limit) is not int or limit < 1:
            raise failure("ValueError", f"concurrency_limit: {limit!r} is no positive integer")
        # Every branch ends before the step does, whatever becomes of the others.
        with ThreadPoolExecutor(min(limit, MAX_CONCURRENT)) as pool:
            started = {
                name: pool.submit(self._scoped, *branch, inner) for name, branch in branches.items()
            }
        _raise_branches({name: future.exception() for name, future in started.items()})

    def _try(self, attempt: tree.Try, at: Activation) -> Outcome:
        numbers = {name: self._value(value, at) for name, value in attempt.retry.numbers}
        policy = attempt.retry.policy.with_values(numbers)
        delays = policy.delays()
        while True:
            try:
                return self._block(attempt.body, at)
            except WorkflowError as error:
                delay = next(delays, None) if self._again(policy, error, at) else None
                if delay is None:
                    return self._handle(attempt, error, at)
            self._host.sleep(delay)

    def _again(self, policy: Policy, error: WorkflowError, at: Activation) -> bool:
        if policy.predicate in PREDICATES:
            return PREDICATES[policy.predicate](error.value)
        return self._apply(at, policy.predicate, [error.value]) is True

    def _handle(self, attempt: tree.Try, error: WorkflowError, at: Activation) -> Outcome:
        if attempt.handler is None:
            raise error
        variables = {attempt.variable: error.value} if attempt.variable else {}
        return self._scoped(attempt.handler, variables, at)


def _range(bounds: list[Any]) -> Iterator[Any]:
    if len(bounds) != 2 or not all(map(number, bounds)):
        raise failure("TypeError", "range needs two numbers")
    first, last = bounds
    return itertools.takewhile(lambda value: value <= last, itertools.count(first))


def _raise_branches(outcomes: dict[str, BaseException | None]) -> None:
    """Cancellation and faults of this program pass as they are; the rest become one error."""
    branches = []
    for name, error in outcomes.items():
        if isinstance(error, WorkflowError):
            details = {"context": error.context, "payload": error.value}
            branches.append({"id": name, "error": details})
        elif error is not None:
            raise error
    if branches:
        raise failure(
            "UnhandledBranchError",
            "One or more branches or iterations encountered an unhandled runtime error",
            branches=branches[:MAX_BRANCH_ERRORS],
            truncated=len(branches) > MAX_BRANCH_ERRORS,
        )
