"""The documents say what the code does."""

from dataclasses import fields

import pytest

from stance.recipe import Recipe
from stance.recipe_settings import (
    CalibrationSettings,
    ClassifierSettings,
    DataSettings,
    DecisionSettings,
    DistillSettings,
    PartSettings,
    TargetFields,
    TuningSettings,
)


@pytest.mark.parametrize(
    "settings",
    [
        Recipe,
        DataSettings,
        TargetFields,
        ClassifierSettings,
        PartSettings,
        TuningSettings,
        CalibrationSettings,
        DecisionSettings,
        DistillSettings,
    ],
)
def test_every_setting_is_documented(root, settings):
    """The recipes' page names every key of every table."""
    page = (root / "docs" / "recipes.md").read_text("utf-8")
    missing = [f.name for f in fields(settings) if f.name != "folder" and f"{f.name}" not in page]
    assert missing == []


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
