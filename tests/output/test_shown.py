"""What others wrote reaches a terminal as text, and steers nothing."""

import io

import pytest
from rich.console import Console

from stance.actors.profile import profile
from stance.actors.tally import tally
from stance.codebook import parse_codebook
from stance.output.profile_records import print_profile
from stance.output.shown import shown, shown_line
from stance.output.terminal import print_codings
from stance.records import Article, Coding, Mention, Paragraph, Stance

EVIL = "\x1b[2J\x9b31m\x00Sumer \r\x07\x7f[red]bold[/red] :fire:"


def printed(show):
    """What is printed on a wide terminal without colours."""
    console = Console(file=io.StringIO(), width=400)
    show(console)
    return console.file.getvalue()


def test_only_control_characters_are_replaced():
    """Letters of any script, tabs and line ends stay; names have one line."""
    assert shown("Søren\t“Шум” 新聞\n\u200f") == "Søren\t“Шум” 新聞\n\u200f"
    assert shown("\x1b[31m\r\x85") == "\ufffd[31m\ufffd\ufffd"
    assert shown_line("a\nstance: all fine") == "a\ufffdstance: all fine"


@pytest.mark.parametrize("title", [EVIL, ""], ids=["title", "name"])
def test_codings_are_printed_as_text(title):
    """Titles, paragraphs, tasks, labels and actors hold neither commands nor markup."""
    coding = Coding(
        Paragraph(EVIL, 1, 0, len(EVIL), EVIL),
        title=title,
        labels={EVIL: (EVIL,)},
        scores={EVIL: {EVIL: 0.9}},
        stances=(Stance("tone", EVIL, "Sumer", 0, 5, EVIL, {EVIL: 0.9}),),
    )
    out = printed(lambda console: print_codings([coding], console))
    assert not set(out) & set("\x1b\x9b\x00\r\x07\x7f")
    assert out.count("[red]bold[/red] :fire:") == 8


def test_narrow_terminals_cut_nothing():
    """Labels and scripts without spaces go on in the next line."""
    text = "速報" * 30
    coding = Coding(
        Paragraph("a", 123456, 0, len(text), text),
        title="T",
        labels={"topic": ("humanitarian",)},
        scores={"topic": {"humanitarian": 0.9}},
        stances=(Stance("tone", "Sumerians", "Sumer", 0, 5, "favourable", {"favourable": 0.9}),),
    )
    console = Console(file=io.StringIO(), width=44)
    print_codings([coding], console)
    rows = [line.split("│")[1:-1] for line in console.file.getvalue().splitlines() if "│" in line]
    told = ["".join(cells).replace(" ", "") for cells in zip(*rows, strict=True)]
    assert told == ["123456", text, "humanitarian0.90", "Sumerians:favourable0.90"]


def test_profiles_are_printed_as_text():
    """So are the actors, outlets and labels of a profile."""
    task = {"labels": [EVIL, "other"], "several": False, "unit": "target"}
    codebook = parse_codebook({"tasks": {"tone": task}})
    article = Article("1", "Sumer", "", EVIL, "2016")
    stance = Stance("tone", EVIL, "Sumer", 0, 5, EVIL, {EVIL: 0.9, "other": 0.1})
    coding = Coding(Paragraph("1", 1, 0, 5, "Sumer"), stances=(stance,))
    tallies = [tally(article, [coding], [Mention(EVIL, 0, 5)], task="tone")]
    found = profile(tallies, codebook)
    out = printed(lambda console: print_profile(found, console))
    assert not set(out) & set("\x1b\x9b\x00\r\x07\x7f")
    assert "[red]bold[/red] :fire:" in out
