"""A file imports from its own room and from rooms below, as ARCHITECTURE.md lists them."""

import ast
import re
from pathlib import PurePosixPath

import pytest


def modules_of(names, paths):
    """The modules that names of the table stand for; those in brackets lie beside those before."""
    folder = PurePosixPath()
    for name in names:
        if name == "cli/…":
            yield from (path for path in paths if path.parts[0] == "cli")
        elif (whole := PurePosixPath(f"{name}.py")) in paths:
            folder = whole.parent
            yield whole
        else:
            yield folder / whole


@pytest.fixture
def paths(root):
    """Every module of the package, counted from its folder."""
    package = root / "stance"
    found = {PurePosixPath(p.relative_to(package).as_posix()) for p in package.rglob("*.py")}
    return {path for path in found if path.name != "__init__.py"}


@pytest.fixture
def rooms(root, paths):
    """The number of each module's room."""
    page = (root / "ARCHITECTURE.md").read_text("utf-8")
    found = {PurePosixPath("__main__.py"): 9}
    for number, names in re.findall(r"^\| (\d) \w+ \| (.*?) \|", page, re.MULTILINE):
        for path in modules_of(re.findall(r"`([\w/…]+)`", names), paths):
            assert path not in found
            found[path] = int(number)
    return found


def test_every_module_has_a_room(paths, rooms):
    """No module is forgotten, and none is named that is not there."""
    assert paths == set(rooms)


def test_nothing_is_imported_from_above(root, rooms):
    """Every import within the package leads to the same room or down."""
    upwards = []
    for path, room in rooms.items():
        tree = ast.parse((root / "stance" / path).read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stance."):
                above = PurePosixPath(*node.module.split(".")[1:]).with_suffix(".py")
                if rooms.get(above, 0) > room:
                    upwards.append(f"{path}:{node.lineno} {node.module}")
    assert upwards == []
