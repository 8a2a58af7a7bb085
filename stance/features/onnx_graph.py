"""An ONNX graph opened for running, with values from inside it among its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def opened_graph(onnxruntime: Any, graph: Path, outputs: Sequence[str]) -> Any:  # noqa: ANN401 - untyped
    """A session that runs the graph of a file on one thread.

    Parameters
    ----------
    outputs
        Names of further values inside the graph to be told, before the graph's own outputs.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model: bytes | str = str(graph)
    if outputs:
        # Weights in a side file are looked up beside the graph, which bytes do not tell.
        folder = "session.model_external_initializers_file_folder_path"
        options.add_session_config_entry(folder, str(graph.parent))
        model = _with_outputs(graph.read_bytes(), outputs)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """Add outputs to a serialised ONNX graph.

    Protocol buffers merge when they are concatenated, so a second message that holds nothing but
    ``graph.output`` entries extends the first: the onnx package is not needed. Fields, by the
    ONNX definition: ModelProto.graph is 7, GraphProto.output 12, ValueInfoProto.name 1.
    """
    entries = b"".join(_field(12, _field(1, name.encode())) for name in names)
    return model + _field(7, entries)


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited field of a protocol buffer."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    """A whole number as a protocol buffer writes it: seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
