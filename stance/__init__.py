"""Code news: topics, frames and stance of every paragraph, with probabilities and evidence.

>>> from stance import load_model
>>> model = load_model("conflict-news")
>>> [coding.labels["topic"] for coding in model.classify("Rebels shelled the town.")]
[('military',)]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stance.model import Model, load_model

__version__ = "0.1.0"

__all__ = ["Model", "__version__", "load_model"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name holds
    """Import the public names when they are first used, so that `import stance` stays quick."""
    if name in {"Model", "load_model"}:
        from stance import model

        return getattr(model, name)
    message = f"module 'stance' has no attribute {name!r}"
    raise AttributeError(message)
