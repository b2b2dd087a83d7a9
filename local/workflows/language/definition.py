"""The typed tree of a workflow definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local.workflows.language.expressions import Expression
from local.workflows.language.retries import Policy

Block = tuple["Step", ...]
UNSET = object()


@dataclass(frozen=True)
class Finding:
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


@dataclass(frozen=True)
class Assign:
    """Assignments in order: target (a name, possibly with keys) and value."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True)
class Invoke:
    """`call`: a library function, a connector or a subworkflow."""

    function: str
    arguments: dict[str, Expression]
    result: Expression | None


@dataclass(frozen=True)
class Switch:
    """Conditions in order; the first true one runs its step."""

    cases: tuple[tuple[Expression, Step], ...]


@dataclass(frozen=True)
class For:
    """A loop over a list (`items`) or an inclusive range."""

    value: str
    index: str | None
    items: Expression
    is_range: bool
    body: Block


@dataclass(frozen=True)
class Parallel:
    """Named branches, or the iterations of `loop`, side by side."""

    branches: Block
    loop: For | None
    shared: frozenset[str]
    limit: int


@dataclass(frozen=True)
class Raise:
    """Raise an error value."""

    value: Expression


@dataclass(frozen=True)
class Return:
    """Leave the routine with a value."""

    value: Expression


@dataclass(frozen=True)
class Try:
    """A body, a retry policy and a handler (None: nothing is caught)."""

    body: Block
    policy: Policy | None
    variable: str | None
    handler: Block | None


@dataclass(frozen=True)
class Nested:
    """`steps` inside a step."""

    body: Block


Action = Assign | Invoke | Switch | For | Parallel | Raise | Return | Try | Nested | None


@dataclass(frozen=True)
class Step:
    """One named step; `next` is a step's name, end, break or continue."""

    name: str
    line: int
    action: Action
    next: str | None = None


@dataclass(frozen=True)
class Routine:
    """main or a subworkflow; a parameter without default maps to UNSET."""

    name: str
    line: int
    parameters: dict[str, Any] = field(default_factory=dict)
    body: Block = ()


Definition = dict[str, Routine]
