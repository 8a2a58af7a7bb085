"""What the loops are made of: how they are compiled and kept, and what Python has no word for."""

# numba's integers are neither int nor numpy's to a type checker, and its calls are untyped.
# mypy: disable-error-code="call-arg, no-untyped-call, return-value"

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

Bytes: TypeAlias = npt.NDArray[np.uint8]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.uint32]

# The golden ratio's fraction in 64 bits, an odd number without pattern (Knuth, TAOCP 6.4).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

_IMPORTS = re.compile(r"^from (stance\.[\w.]+) import", re.MULTILINE)


@cache
def _sources() -> str:
    """A hash over all files of this folder, and those whose names they import.

    What is imported becomes a constant of the machine code.
    """
    own = [file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob("*.py"))]
    specs = [find_spec(name) for name in sorted(set(_IMPORTS.findall("".join(own))))]
    imported = [Path(spec.origin).read_text("utf-8") for spec in specs if spec and spec.origin]
    return hashlib.sha256("".join(own + imported).encode()).hexdigest()


class _KeptCode(FunctionCache):
    """numba's store of machine code, void once a file has changed that it was made from.

    numba itself looks at the file of the function that it keeps, and not at those of the functions
    called from there.
    """

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:  # noqa: ANN401 - numba's
        return (*super()._index_key(sig, codegen), _sources())


def compiled_once(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatchers
    """Compile without the GIL and keep the code for the next process, where a folder allows it.

    The function, and what it calls, must not make arrays.
    """
    # Arrays come and go with the caller. Counting who else holds them, as numba else does at every
    # call, would make some loops ten times as slow; nothing may be allocated in exchange.
    dispatcher: Any = njit(nogil=True, _nrt=False)(function)  # type: ignore[call-overload]
    try:
        dispatcher._cache = _KeptCode(function)  # noqa: SLF001 - numba offers no other way
    except RuntimeError:
        # Neither the package's folder nor the user's can be written: compile in every process.
        return dispatcher
    return dispatcher


def compiled_part(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatchers
    """Compile as a part of what `compiled_once` compiles: a call, or as good as written out."""
    return njit(_nrt=False)(function)  # type: ignore[call-overload]


@intrinsic
def fetch(typing_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001 - numba's
    """Ask the processor to bring ``array[index]`` near; no bounds are checked, nothing is read."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        place = _pointer(context, builder, signature, arguments, ir.IntType(8))
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # For reading, to be kept in all caches, data rather than instructions.
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def eight_bytes(typing_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
    """The eight bytes from ``array[index]`` on as one number, the first one lowest; unchecked."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        place = _pointer(context, builder, signature, arguments, ir.IntType(64))
        return builder.load(place, align=1)

    return types.uint64(array, types.int64), generate


@intrinsic
def put_eight_bytes(
    typing_context: Any,  # noqa: ANN401, ARG001
    array: Any,  # noqa: ANN401
    index: Any,  # noqa: ANN401, ARG001
    number: Any,  # noqa: ANN401, ARG001
) -> Any:  # noqa: ANN401
    """Write what `eight_bytes` reads; unchecked."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        place = _pointer(context, builder, signature, arguments, ir.IntType(64))
        builder.store(arguments[2], place, align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.uint64), generate


@intrinsic
def trailing_zeros(typing_context: Any, number: Any) -> Any:  # noqa: ANN401, ARG001 - numba's
    """How many lowest bits of a number are 0; 64 for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.uint64(types.uint64), generate


@intrinsic
def folded_product(typing_context: Any, a: Any, b: Any) -> Any:  # noqa: ANN401, ARG001 - numba's
    """The upper half of the 128 bits of a product, exclusive or its lower half."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        half, wide = ir.IntType(64), ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        upper = builder.trunc(builder.lshr(product, wide(64)), half)
        return builder.xor(upper, builder.trunc(product, half))

    return types.uint64(types.uint64, types.uint64), generate


def _pointer(context: Any, builder: Any, signature: Any, arguments: Any, to: Any) -> Any:  # noqa: ANN401
    """Where ``array[index]`` lies, the first two of the arguments, as a pointer to a type."""
    data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    return builder.bitcast(builder.gep(data, [arguments[1]]), to.as_pointer())


@njit(inline="always")
def mix(state: np.uint64, symbol: np.uint64) -> np.uint64:
    """A hash with one more symbol (the step of Wang Yi's wyhash, 2019, public domain)."""
    return folded_product(state ^ symbol, _GOLDEN)


@compiled_once
def mix_all(states: Hashes, symbols: Hashes) -> None:
    """Mix each state with its symbol, in place."""
    for i in range(states.size):
        states[i] = mix(states[i], symbols[i])
