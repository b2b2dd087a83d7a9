"""The typed tree of a workflow definition."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

from laptop.workflows.language.expressions import Expression, Member, Name, Node
from laptop.workflows.language.retries import Policy

Block = tuple["Step", ...]
UNSET = inspect.Parameter.empty  # a parameter without default, here as in Python's signatures


class Finding(NamedTuple):
    """What deployment would reject: where and why."""

    step: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"step {self.step}, " if self.step else ""
        return f"{where}line {self.line}: {self.message}"


class DefinitionError(Exception):
    """A definition that deployment would reject; carries the findings."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


class Target(Node):
    """What an assignment changes: a variable, or what the keys lead to inside of it."""

    name: str
    keys: tuple[Expression, ...] = ()


def target(expression: Expression) -> Target | None:
    """The target that is written like this expression; None if it cannot be assigned to."""
    match expression:
        case Name(name):
            return Target(name)
        case Member(base, key) if outer := target(base):
            return Target(outer.name, (*outer.keys, key))
    return None


class Assign(Node):
    """Assignments in order: target and value."""

    entries: tuple[tuple[Target, Expression], ...]


class Invoke(Node):
    """`call`: a library function, a connector or a subworkflow."""

    function: str
    arguments: dict[str, Expression]
    result: Target | None


class Switch(Node):
    """Conditions in order; the first true one runs its step."""

    cases: tuple[tuple[Expression, Step], ...]


class For(Node):
    """A loop over a list (`items`) or an inclusive range."""

    value: str
    index: str | None
    items: Expression
    is_range: bool
    body: Block


class Parallel(Node):
    """Named branches, or the iterations of `loop`, side by side."""

    branches: Block
    loop: For | None
    shared: frozenset[str]
    limit: Expression


class Raise(Node):
    """Raise an error value."""

    value: Expression


class Return(Node):
    """Leave the routine with a value."""

    value: Expression


class Retry(Node):
    """A retry policy; `numbers` replace those of `policy` when the step is entered."""

    policy: Policy
    numbers: tuple[tuple[str, Expression], ...] = ()


class Try(Node):
    """A body, its retry policy, and a handler (None: nothing is caught)."""

    body: Block
    retry: Retry
    variable: str | None
    handler: Block | None


class Nested(Node):
    """`steps` inside a step."""

    body: Block


Action = Assign | Invoke | Switch | For | Parallel | Raise | Return | Try | Nested | None


class Step(Node):
    """One named step; `next` is a step's name, end, break or continue."""

    name: str
    line: int
    action: Action
    next: str | None = None


class Routine(Node):
    """main or a subworkflow; a parameter without default maps to UNSET."""

    parameters: dict[str, Any]
    body: Block


Definition = dict[str, Routine]
