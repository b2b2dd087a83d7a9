"""Everything that goes wrong without a bug of ours, in one tree; its text is one line.

    Phase4Error             names the thing, the value and the next step
    ├── WrongInput          an argument, a variable, a file or a message is not what it must be
    │   ├── Foreign
    │   ├── LeagueError
    │   ├── Rejected
    │   ├── RunAmbiguous
    │   └── SettingsError
    ├── NotThere            what was asked for does not exist
    │   ├── AlertUnknown
    │   ├── ExecutionGone
    │   ├── NoBucket
    │   ├── NotInstalled
    │   ├── RunUnknown
    │   └── SeasonUnknown
    ├── Refused             what exists forbids it
    │   ├── MayNotPublish
    │   ├── RunStopped
    │   ├── StillAlive
    │   ├── TooOld
    │   └── UndoRefused
    ├── Unfit               a table or its rows are not what their schema says
    │   ├── ColumnMissing
    │   ├── ColumnsDiffer
    │   ├── ColumnsLacking
    │   └── RowsRefused
    └── NoAnswer            a service did not answer, or not in time
        ├── ChannelError
        ├── DeadlineExceeded
        ├── NotNow
        ├── Overtaken
        ├── StillInFlight
        ├── Silent
        ├── Transient
        │   ├── JobUnknown
        │   └── NotTaken
        └── Unreachable

Each class stands beside what raises it. Whatever else is raised, a ValueError too, is a bug and
keeps its traceback.
"""

from __future__ import annotations


class Phase4Error(Exception):
    """What its reader can mend, or wait for."""


class WrongInput(Phase4Error):
    """An argument, a variable, a file or a message is not what it must be."""


class NotThere(Phase4Error):
    """What was asked for does not exist."""


class Refused(Phase4Error):
    """What exists forbids what was asked for."""


class Unfit(Phase4Error):
    """A table or its rows are not what their schema says."""


class NoAnswer(Phase4Error):
    """A service did not answer, or not in time."""
