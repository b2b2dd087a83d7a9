"""What the documents name is there: files, commands with their options, modules, targets, tests."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typer

from phase4.cli.reference import commands
from tests.docs.pages import PAGES, ROOT, every_page

FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
# A name in capitals stands for any.
FILE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[a-z0-9_./-]*")
MADE_LATER = {"dist/", "terraform/.terraform.lock.hcl", "terraform/env/dev.tfvars"}
# A function of Google's client, of which a page says what it does.
OF_OTHERS = {"bq_to_arrow_field"}
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"`([^`\n]+)`")
TREE = dict(commands())
WORDS = {word for name in TREE for word in name.split()}


def code(page: Path) -> Iterator[str]:
    """Every piece of code of a page: the lines of its blocks, and what stands in its sentences."""
    text = page.read_text()
    for block in FENCED.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from INLINE.findall(FENCED.sub("", text))


def said(pattern: str, page: Path) -> set[str]:
    """What a pattern finds in the code of a page."""
    return {found for piece in code(page) for found in re.findall(pattern, piece)}


def calls(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each call of `phase4` on a page: the command's name and the words after it."""
    for piece in code(page):
        if found := re.match(r"(?:eval \"\$\()?(?:\.venv/bin/)?phase4 (?=[a-z])([^#;|>)]*)", piece):
            words = shlex.split(found[1])
            name = ["phase4"]
            while words and words[0] in WORDS:
                name.append(words.pop(0))
            yield " ".join(name), words


@every_page
def test_its_files_are_there(page: Path) -> None:
    named = {piece for piece in code(page) if FILE.fullmatch(piece)}
    # Pages about the laptop name its files from its folder.
    about_laptop = page.stem == "service-rules" or ROOT / "laptop" in page.parents
    roots = (ROOT, ROOT / "laptop") if about_laptop else (ROOT,)
    gone = {name for name in named if not any((root / name).exists() for root in roots)}
    assert gone - MADE_LATER == set()


@every_page
def test_its_commands_are_those_of_the_command_line(page: Path) -> None:
    groups = {name.rpartition(" ")[0] for name in TREE}
    for name, words in calls(page):
        assert name in TREE or name in groups, name
        if name in TREE:
            context = typer.Context(TREE[name])
            known = {each for one in TREE[name].get_params(context) for each in one.opts}
            given = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert given <= known | {"--help"}, (name, words)


@every_page
def test_its_modules_can_be_run(page: Path) -> None:
    for name in said(r"python3? -m ([\w.]+)", page):
        spec = find_spec(name)
        assert spec, name
        assert not spec.submodule_search_locations or find_spec(f"{name}.__main__"), name


@every_page
def test_its_targets_are_those_of_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert said(r"^make ([a-z][a-z-]*)", page) <= targets


@every_page
def test_its_tests_are_there(page: Path) -> None:
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "laptop" / "tests").rglob("*.py")]
    there = {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text())} | {
        path.stem for path in files
    }
    assert said(r"\b(test_\w+)", page) <= there


@cache
def words() -> set[str]:
    """Every word of the sources."""
    kinds = {".py", ".sql", ".yaml", ".json", ".tf", ".toml", ".proto"}
    files = [*ROOT.glob("*.*"), *(p for folder in FOLDERS for p in (ROOT / folder).rglob("*"))]
    here = Path(__file__).parent
    texts = [p.read_text() for p in files if p.suffix in kinds and p.parent != here]
    return {word for text in texts for word in re.findall(r"\w+", text)}


@every_page
def test_its_names_are_those_of_the_sources(page: Path) -> None:
    """Tables, columns, routines, checks, variables: whatever is written with an underscore."""
    pieces = [piece for piece in code(page) if re.fullmatch(r"[\w.:]+", piece)]
    named = {
        name
        for piece in pieces
        for name in re.findall(r"\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b", piece)
        if not name.startswith("test_")
    }
    assert named - words() - OF_OTHERS == set()


def test_the_pages_name_something() -> None:
    assert sum(1 for page in PAGES for _ in calls(page)) > 40
    assert sum(bool(FILE.fullmatch(piece)) for page in PAGES for piece in code(page)) > 80
