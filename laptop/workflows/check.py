"""`python -m laptop.workflows.check FILE…`: what deployment would reject."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from laptop.workflows.calls import check
from laptop.workflows.language.definition import Finding

__all__ = ["Finding", "check", "main"]


def main(paths: list[str]) -> int:
    """Print one line for each finding; 1 if there are any, 2 if a file cannot be read."""
    found = 0
    for path in paths:
        try:
            text = Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        for finding in check(text):
            print(f"{path}:{finding.line}: {finding.step or '-'}: {finding.message}")
            found = 1
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m laptop.workflows.check", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    sys.exit(main(parser.parse_args().files))
