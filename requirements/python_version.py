"""Refuses a Python that the locks do not serve; runs on any Python, however old."""

import os
import re
import sys

PYPROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "pyproject.toml")
BOUNDS = re.compile(r'^requires-python = ">=(\d+)\.(\d+),<(\d+)\.(\d+)"$', re.M)


def refusal(version, pyproject):
    # type: (tuple[int, int], str) -> str
    """One line about a version outside of `requires-python`, or nothing."""
    low, minor, high, end = map(int, BOUNDS.findall(pyproject)[0])
    if (low, minor) <= version < (high, end):
        return ""
    return (
        "Python {}.{} ({}) is none of {}.{} to {}.{}, which the locked packages have wheels for;"
        " name one of those: `make PYTHON=python{}.{}`"
    ).format(version[0], version[1], sys.executable, low, minor, high, end - 1, low, minor)


if __name__ == "__main__":
    with open(PYPROJECT) as opened:
        sys.exit(refusal((sys.version_info[0], sys.version_info[1]), opened.read()) or 0)
