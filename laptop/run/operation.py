"""Long-running operations: what a caller polls while an execution goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import proto
from google.longrunning.operations_pb2 import Operation

from laptop.run.execution import Execution, Phase
from laptop.run.resources import aborted, execution_phase, execution_text


@dataclass(frozen=True)
class LongRunning:
    """An operation on a resource: done when its execution (if it has one) has ended."""

    name: str
    subject: Callable[[], proto.Message]
    execution: Execution | None = None
    reports_failure: bool = False

    def message(self) -> Operation:
        """The Operation as it stands now; a cancelled execution is no error."""
        subject = self.subject()
        plain = type(subject).pb(subject)
        done = self.execution is None or self.execution.completed is not None
        operation = Operation(name=self.name, done=done)
        operation.metadata.Pack(plain)
        failure = self._failure()
        if failure:
            operation.error.CopyFrom(aborted(failure))
        elif done:
            operation.response.Pack(plain)
        return operation

    def _failure(self) -> str:
        if not self.reports_failure or self.execution is None:
            return ""
        failed = execution_phase(self.execution) is Phase.FAILED
        return execution_text(self.execution) if failed else ""
