"""The source archive of the validator function: entry point, locked requirements, the wheel."""

from __future__ import annotations

import zipfile
from pathlib import Path

from release.wheel import ROOT, sha256

ENTRY = ROOT / "functions" / "validator" / "main.py"
REQUIREMENTS = ROOT / "requirements" / "function.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)


def requirements(wheel: Path) -> str:
    """The function's locked requirements with the wheel by its hash, as pip's hash mode demands."""
    return f"{REQUIREMENTS.read_text().rstrip()}\n./{wheel.name} --hash=sha256:{sha256(wheel)}\n"


def write_archive(archive: Path, wheel: Path) -> None:
    """Writes the zip; the same content gives the same bytes, so that its hash can name it."""
    files = {
        "main.py": ENTRY.read_bytes(),
        "requirements.txt": requirements(wheel).encode(),
        wheel.name: wheel.read_bytes(),
    }
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
