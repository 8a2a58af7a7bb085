"""Numbers as people read them, in reports and profiles alike."""

from __future__ import annotations

# An undefined number's sign; its reason stands beside it or in its title.
UNDEFINED = "undefined"

# Smaller p-values are told as a bound.
_LEAST_P = 0.001


def number(value: float | None, *, digits: int = 3) -> str:
    """A number with a true minus sign (a zero has none), or that it is undefined.

    >>> number(-0.25), number(-0.0001), number(None)
    ('\u22120.250', '0.000', 'undefined')
    """
    return UNDEFINED if value is None else f"{value:z.{digits}f}".replace("-", "\u2212")


def signed(value: float | None, *, digits: int = 3) -> str:
    """A difference with its sign.

    >>> signed(0.25, digits=2), signed(-0.25, digits=2)
    ('+0.25', '\u22120.25')
    """
    return UNDEFINED if value is None else f"{value:+z.{digits}f}".replace("-", "\u2212")


def p_value(value: float | None) -> str:
    """A p-value; small ones as a bound.

    >>> p_value(0.0004), p_value(0.04)
    ('< 0.001', '0.040')
    """
    if value is None:
        return UNDEFINED
    return f"< {_LEAST_P}" if value < _LEAST_P else f"{value:.3f}"
