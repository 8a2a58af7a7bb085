"""Templates filled in, the same way for every page; a name that a template lacks is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from stance.errors import plural

# Signs that mean something in Markdown; inside a word, "_" does not.
_MARKUP = re.compile(r"[\\`*|<>\[\]&~$]|(?<![^\W_])_|_(?![^\W_])")


def cell(text: object) -> str:
    r"""A text in Markdown that neither ends a table's cell nor starts markup.

    >>> print(cell("human_interest | _yes_"))
    human_interest \| \_yes\_
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(str(text).split()))


def render(
    template: str,
    filters: Mapping[str, Callable[..., Any]],
    /,
    *,
    package: str = "stance.output",
    **content: object,
) -> str:
    """A template of a package's ``templates`` with its content; texts are escaped in HTML alone."""
    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=template.endswith(".html"),
        keep_trailing_newline=not template.endswith(".html"),
    )
    environment.filters.update(filters, plural=plural)
    return environment.get_template(template).render(**content)
