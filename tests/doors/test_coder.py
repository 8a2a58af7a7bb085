"""Coding one very long article takes work that grows with its length, and not with its square."""

import sys

import pytest

from stance.coder import Coder
from stance.model import load_model
from stance.records import Article

NAMES = ("Iran", "the United Nations", "Fayez al-Sarraj", "NATO", "Hamas (HMS)", "Turkish forces")

# Twice the text may take twice the work, and a little for what starts late.
MOST = 2.2


def paragraph(number):
    """A paragraph that names actors, some of them defined there."""
    said = f"{NAMES[number % len(NAMES)]} met {NAMES[(number + 1) % len(NAMES)]} on day {number}."
    return f"{said} Sarraj said that nothing more was known of what HMS wanted from them."


def work(run):
    """How many bytecode instructions run in this process while ``run`` is called."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


@pytest.fixture(scope="module")
def coder():
    """The default model, which gives no scores here: those have tests of their own."""
    return Coder(load_model(), explain=False, abstain=None, topic="")


@pytest.mark.parametrize("separator", ["\n\n", " "])
def test_work_grows_with_the_length(coder, monkeypatch, separator):
    """Twice as many paragraphs, or sentences of one, take twice the work."""
    monkeypatch.setattr(Coder, "_decided", lambda *_: {})
    amounts = []
    for n in (100, 200, 400):
        text = separator.join(map(paragraph, range(n)))
        coder.model.mentions(text)
        amounts.append(work(lambda text=text: coder.batch([Article("a", text)])))
    assert amounts[1] < MOST * amounts[0]
    assert amounts[2] < MOST * amounts[1]


def test_the_measure_sees_a_square():
    """Work that grows with the square is seen as such."""
    amounts = [work(lambda n=n: [[0 for _ in range(n)] for _ in range(n)]) for n in (20, 40)]
    assert amounts[1] > 3 * amounts[0]
