"""The documents say what the code does."""

import re
import tomllib
from dataclasses import fields

import pytest

from stance.codebook import parse_codebook
from stance.recipe import Recipe
from stance.recipe_settings import (
    BlockSettings,
    CalibrationSettings,
    ClassifierSettings,
    DataSettings,
    DecisionSettings,
    DistillSettings,
    PartSettings,
    TargetFields,
    TuningSettings,
)

# What the recipes' page tells under each of its headings.
SECTIONS = {
    "## Top\n": Recipe,
    "## `[data]`": DataSettings,
    "## `[features.NAME]`": BlockSettings,
    "## `[classifier]`": ClassifierSettings,
    "## `[parts.NAME]`": PartSettings,
    "### A tuned part\n": TuningSettings,
    "## `[calibration]`": CalibrationSettings,
    "## `[decision]`": DecisionSettings,
    "## `[distill]`": DistillSettings,
}


def recipes_page(root):
    """The recipes' page."""
    return (root / "docs" / "recipes.md").read_text("utf-8")


@pytest.mark.parametrize("settings", [*SECTIONS.values(), TargetFields])
def test_every_setting_is_documented(root, settings):
    """The recipes' page names every key of every table, marked as one or in a heading."""
    page = recipes_page(root)
    names = [f.name for f in fields(settings) if f.name not in {"folder", "options"}]
    missing = [name for name in names if not re.search(rf"`(\[(\w+\.)?)?{name}\b", page)]
    assert missing == []


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_documented_setting_exists(root, heading):
    """The first table under a heading lists keys that the settings have."""
    table = recipes_page(root).split(f"\n{heading}")[1].split("\n| key", 1)[1].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    listed = {name for cell in cells for name in re.findall(r"`\[?(?:data\.)?(\w+)", cell)}
    assert listed
    assert listed <= {f.name for f in fields(SECTIONS[heading])}


def test_the_documented_codebook_is_one(root):
    """The page's example of a codebook can be read, and its table names every key there is."""
    page = recipes_page(root).split("\n## Codebooks\n")[1].split("\n## ")[0]
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL).group(1)
    codebook = parse_codebook(tomllib.loads(example))
    assert {name: (task.several, task.label_names) for name, task in codebook.tasks.items()} == {
        "theme": (True, ("trade", "art")),
        "mood": (False, ("glad", "sad")),
    }
    plain = codebook.as_dict()
    listed = {name for row in page.splitlines() for name in re.findall(r"^\| (`.*?`) \|", row)}
    assert {name for cell in listed for name in re.findall(r"\w+", cell)} == {
        *plain,
        *plain["tasks"]["mood"],
    }


def test_every_extractor_option_is_documented(root):
    """The recipes' page names every kind of block and its options."""
    from stance.features.extractors import EXTRACTORS

    page = (root / "docs" / "recipes.md").read_text("utf-8")
    for kind, extractor in EXTRACTORS.items():
        assert f"| `{kind}` |" in page
        for option in extractor.__init__.__kwdefaults__ or {"lexicon"}:
            assert f"`{option}`" in page, (kind, option)


def test_every_module_stands_in_the_plan(root):
    """ARCHITECTURE.md names every module of the package."""
    page = (root / "ARCHITECTURE.md").read_text("utf-8")
    modules = [p for p in (root / "stance").rglob("*.py") if not p.stem.startswith("__")]
    missing = [
        p.relative_to(root).as_posix()
        for p in modules
        if p.parent.name != "cli" and f"`{p.stem}`" not in page and f"/{p.stem}`" not in page
    ]
    assert missing == []
