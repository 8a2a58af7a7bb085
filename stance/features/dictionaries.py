"""Reading lexicons from files: our TOML."""

from __future__ import annotations

from pathlib import Path

from stance.codebook import check_keys, read_toml
from stance.errors import SettingsError
from stance.features.lexicon import Lexicon, parse_entry


def load_lexicon(path: Path) -> Lexicon:
    """Read and check a lexicon file."""
    where = f"lexicon {path}"
    data = read_toml(path, "lexicon")
    check_keys(data, ("name", "language", "licence", "version", "description", "categories"), where)
    categories: dict[str, tuple[str, ...]] = {}
    for name, category in data.get("categories", {}).items():
        entries = category.get("entries", [])
        for entry in entries:
            try:
                parse_entry(entry)
            except SettingsError as error:
                message = f"{where}, category {name}: {error}"
                raise SettingsError(message) from error
        categories[name] = tuple(entries)
    return Lexicon(
        categories=categories,
        name=data.get("name", path.stem),
        descriptions={n: c.get("description", "") for n, c in data["categories"].items()},
    )
