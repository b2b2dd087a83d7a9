"""Warm starts: a process that has imported a program's libraries forks every task of that program.

It runs `python -m MODULE` as a fresh interpreter would, after the imports. It opens no connection
and starts no thread before it forks. Requests and answers are JSON lines on stdin and stdout:
{"id", "env", "cwd", "log"} -> {"id", "pid"}, later {"pid", "code"}.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
import traceback
from typing import Any

STDIN = 0


def main(module: str, libraries: list[str]) -> None:
    """Serves until stdin ends."""
    importlib.import_module(module)
    # Each fork runs it as __main__; runpy warns of a module that is imported already.
    del sys.modules[module]
    for library in libraries:
        importlib.import_module(library)
    # A collection in a task would touch, and so copy, every page that it shares with this process.
    gc.collect()
    gc.freeze()
    wakeup, notice = os.pipe()
    os.set_blocking(notice, False)
    # The end of a child then wakes the select below.
    signal.set_wakeup_fd(notice, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    _answer({"ready": True})
    pending = bytearray()
    while _serve(module, wakeup, pending):
        _report_ended()


def _serve(module: str, wakeup: int, pending: bytearray) -> bool:
    readable, _, _ = select.select([STDIN, wakeup], [], [])
    if wakeup in readable:
        os.read(wakeup, 4096)
    if STDIN not in readable:
        return True
    chunk = os.read(STDIN, 65536)
    *lines, rest = (bytes(pending) + chunk).split(b"\n")
    pending[:] = rest
    for line in lines:
        request = json.loads(line)
        _answer({"id": request["id"], "pid": _fork(module, request)})
    return bool(chunk)


def _fork(module: str, request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = _become(module, request)
        finally:
            # Past the exit handlers, which belong to the parent.
            os._exit(code)
    return pid


def _become(module: str, request: dict[str, Any]) -> int:
    # A session of its own, so that its whole group can be ended.
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    del sys.argv[1:]
    return _run(module)


def _run(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code: object = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _report_ended() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _answer({"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _answer(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
