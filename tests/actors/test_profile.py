"""Profiles: shares by hand, intervals that hold, and a reason where there is no number."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy import stats

from stance.actors.periods import parse_date, period_names
from stance.actors.profile import profile
from stance.actors.resampling import difference_limits, holm, permutation_p, shares
from stance.actors.tally import ActorTally, ArticleTally, joined, tally
from stance.codebook import parse_codebook
from stance.output.passages import MOST_SHOWN, Passages
from stance.output.profile_page import render_profile
from stance.output.profile_plots import group_plot, stance_plot, time_plot
from stance.records import Article, Coding, Mention, Paragraph, Stance

LABELS = ("good", "even", "bad")
CODEBOOK = parse_codebook(
    {
        "tasks": {
            "theme": {"labels": ["water", "grain"]},
            "tone": {"labels": list(LABELS), "unit": "target", "several": False},
        }
    }
)


def article(number, stances, *, outlet="", published="", n_water=0):
    """A tally of one article that names Sumer in one paragraph a stance."""
    counts = {label: stances.count(label) for label in LABELS}
    item = ActorTally(
        "Sumer", "state", len(stances) + 1, len(stances), {"theme": {"water": n_water}}, counts
    )
    return ArticleTally(f"a{number}", f"Title {number}", outlet, published, 9, (item,))


def test_shares_are_of_the_paragraphs_that_name_the_actor():
    """Counts and shares by hand."""
    found = profile([article(1, ["good", "bad", "bad"], n_water=2), article(2, ["even"])], CODEBOOK)
    sumer = found.actors[0]
    assert (sumer.n_mentions, sumer.n_paragraphs, sumer.n_articles) == (6, 4, 2)
    assert {label: share.value for label, share in sumer.stances.items()} == {
        "good": 0.25,
        "even": 0.25,
        "bad": 0.5,
    }
    assert sumer.mean_stance.value == pytest.approx(-0.25)
    assert sumer.labels["theme"]["water"].value == 0.5
    assert sumer.labels["theme"]["grain"].value == 0.0
    assert found.n_paragraphs == 18


def test_too_few_articles_have_no_interval_and_say_why():
    """Below five articles, an interval is undefined with its reason; so is a share of nothing."""
    few = profile([article(1, ["good"])], CODEBOOK).actors[0].stances["good"]
    assert (few.value, few.low, few.high) == (1.0, None, None)
    assert few.reason == "1 article; an interval needs 5"
    none = profile(
        [ArticleTally("a", "", "", "", 3, (ActorTally("S", "", 1, 1, {}, {}),))], CODEBOOK
    )
    assert none.actors[0].mean_stance.value is None
    assert none.actors[0].mean_stance.reason == "no paragraph was decided"


def test_intervals_of_articles_of_one_paragraph_are_wilson_s():
    """With one paragraph an article, the interval is Wilson's with Student's quantile."""
    n, k = 200, 60
    parts = (np.arange(n) < k).astype(float)[:, None]
    found = shares(parts, np.ones((n, 1)), seed=0)
    z2, p = stats.t.ppf(0.975, n - 1) ** 2, k / n
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    assert found.low[0] == pytest.approx(centre - half, abs=0.005)
    assert found.high[0] == pytest.approx(centre + half, abs=0.005)


def test_intervals_widen_where_the_paragraphs_of_an_article_are_alike():
    """Ten articles of twenty like paragraphs tell what ten paragraphs tell."""
    alike = shares(np.array([[20.0]] * 5 + [[0.0]] * 5), np.full((10, 1), 20.0), seed=0)
    single = shares(np.array([[1.0]] * 5 + [[0.0]] * 5), np.ones((10, 1)), seed=0)
    assert alike.low == pytest.approx(single.low)
    assert alike.high[0] - alike.low[0] > 0.5


def test_a_label_that_never_occurs_still_has_an_upper_limit():
    """A share of 0 in six articles is not 0 for certain."""
    found = shares(np.zeros((6, 1)), np.full((6, 1), 3.0), seed=0)
    assert found.low[0] == pytest.approx(0)
    assert found.high[0] > 0.3


def test_articles_that_are_all_alike_are_not_alike_for_certain():
    """Where all are neutral, the mean stance is as sure as the share of the neutral is."""
    sumer = profile([article(i, ["even"]) for i in range(40)], CODEBOOK).actors[0]
    neutral, mean = sumer.stances["even"], sumer.mean_stance
    assert (neutral.value, neutral.high, mean.value) == (1.0, 1.0, 0.0)
    assert mean.high == pytest.approx(1 - neutral.low)
    assert mean.low == pytest.approx(neutral.low - 1)
    assert 0.05 < mean.high < 0.1


def test_intervals_cover_what_they_promise():
    """Of 95 % intervals of clustered shares, about 95 % hold the truth."""
    random = np.random.default_rng(5)
    held = 0
    for trial in range(200):
        sizes = random.integers(1, 6, 40)
        parts = random.binomial(sizes, random.beta(2, 6, 40))
        found = shares(parts[:, None].astype(float), sizes[:, None].astype(float), seed=trial)
        held += found.low[0] <= 0.25 <= found.high[0]
    assert 180 <= held <= 199


def test_drawing_kinds_is_drawing_articles():
    """Intervals and p-values are those of drawing and permuting the articles themselves."""
    random = np.random.default_rng(3)
    totals = random.integers(0, 5, 300).astype(float)
    parts = random.binomial(totals.astype(int), random.beta(2, 3, 300)).astype(float)
    drawn = random.integers(0, 300, (2000, 300))
    error = (parts[drawn].sum(axis=1) / totals[drawn].sum(axis=1)).std()
    found = shares(parts[:, None], totals[:, None], seed=0)
    assert (found.high[0] - found.low[0]) / 2 == pytest.approx(1.97 * error, rel=0.06)

    first = np.arange(40) < 15
    parts, totals = parts[:40], totals[:40]

    def difference(group):
        rest = ~group
        return abs(
            parts[group].sum() / totals[group].sum() - parts[rest].sum() / totals[rest].sum()
        )

    permuted = [difference(random.permutation(first)) for _ in range(4000)]
    expected = np.mean(np.array(permuted) >= difference(first))
    assert permutation_p(parts, totals, first, seed=0) == pytest.approx(expected, abs=0.03)


def test_holm_is_as_defined():
    """Stepped, never falling, at most 1."""
    assert holm(np.array([0.5, 0.001, 0.6])).tolist() == pytest.approx([1.0, 0.003, 1.0])
    assert holm(np.array([])).tolist() == []


def test_differences_combine_their_intervals():
    """The difference's limits follow Zou and Donner by hand."""
    low, high = difference_limits(np.array([0.5, 0.4, 0.7]), np.array([0.2, 0.1, 0.4]))
    assert low == pytest.approx(0.3 - np.hypot(0.1, 0.2))
    assert high == pytest.approx(0.3 + np.hypot(0.2, 0.1))


def test_permutation_counts_all_ways():
    """Three against three, wholly apart: 2 of 20 ways are as extreme."""
    parts, first = np.array([1.0, 1, 1, 0, 0, 0]), np.arange(6) < 3
    assert permutation_p(parts, np.ones(6), first, seed=0) == pytest.approx(0.1, abs=0.01)


def contrasted(n_first=8, n_second=8):
    """Two outlets that present Sumer in opposite ways."""
    return [
        *(article(i, ["good", "good", "even"], outlet="Tablet") for i in range(n_first)),
        *(article(99 + i, ["bad", "bad", "even"], outlet="Stele") for i in range(n_second)),
    ]


def test_outlets_are_contrasted():
    """Opposite outlets differ by 4/3, surely."""
    found = profile(contrasted(), CODEBOOK)
    (contrast,) = found.contrasts
    assert {contrast.first, contrast.second} == {"Tablet", "Stele"}
    assert abs(contrast.difference) == pytest.approx(4 / 3)
    assert contrast.low * contrast.high > 0
    assert contrast.p_holm == contrast.p < 0.01
    assert found == profile(contrasted(), CODEBOOK)


def test_few_articles_are_not_contrasted():
    """An outlet of three articles gives a reason and no number."""
    (contrast,) = profile(contrasted(n_second=3), CODEBOOK).contrasts
    assert (contrast.difference, contrast.p, contrast.p_holm) == (None, None, None)
    assert "a contrast needs 5" in contrast.reason


def test_many_outlets_are_held_against_the_others():
    """From six outlets on, each is contrasted with all others together."""
    tallies = [article(i, ["good"], outlet=f"O{i % 6}") for i in range(36)]
    found = profile(tallies, CODEBOOK)
    assert [(c.first, c.second) for c in found.contrasts] == [
        (f"O{i}", "all others") for i in range(6)
    ]
    assert found.contrasts[0].difference == 0


def test_rows_of_one_article_are_one_article():
    """Two rows with one id count as one article in every number."""
    (whole,) = joined([article(1, ["good"]), article(1, ["bad"], outlet="Tablet")])
    assert whole.outlet == "Tablet"
    assert whole.n_paragraphs == 18
    assert (whole.actors[0].n_paragraphs, whole.actors[0].stances["bad"]) == (2, 1)


def test_an_unknown_outlet_comes_last():
    """Articles that do not say their outlet are a group of their own."""
    found = profile([article(1, ["good"]), article(2, ["bad"], outlet="Tablet")], CODEBOOK)
    assert [group.name for group in found.groups] == ["Tablet", "unknown"]
    assert found.contrasts == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2016-11-22", (2016, 11)),
        ("20161122", (2016, 11)),
        ("2016/3/22", (2016, 3)),
        ("2016-3-2 10:00", (2016, 3)),
        ("2016-10-5", (2016, 10)),
        ("Tue, 22 Nov 2016 10:00:00 GMT", (2016, 11)),
        ("November 2016", (2016, 11)),
        ("2016", (2016, 0)),
        ("1479772800", (2016, 11)),
        ("1479772800000", (2016, 11)),
        ("2016112210", (2016, 11)),
        ("201611221030", (2016, 11)),
        ("20161122103000", (2016, 11)),
        ("20161122103000.0", (2016, 11)),
        # No month 13, no hour 25: seconds since 1970.
        ("2016132210", (2033, 11)),
        ("201611222530", (1976, 5)),
        ("1911000000", (2030, 7)),
        ("199999999", (1976, 5)),
        ("11/22/2016", (2016, 0)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_sources_write_them(written, expected):
    """Year and month, or no date."""
    found = parse_date(written)
    assert (found and (found.year, found.month)) == expected


def test_periods_are_months_in_a_short_span_and_years_in_a_long_one():
    """The length of the span decides, and one vague date makes years of all."""
    assert period_names(["2015-02-01", "2016-01-09"])["2015-02-01"] == "2015-02"
    assert period_names(["2011-02-01", "2016-01-09"])["2011-02-01"] == "2011"
    assert period_names(["2015-02-01", "2016", ""]) == {
        "2015-02-01": "2015",
        "2016": "2016",
        "": "unknown",
    }


def coded(number, text, stance, *, outlet="Tablet", published="2016-01-02"):
    """An article of one paragraph and a caption, its codings and mentions."""
    source = Article(f"a{number}", f"{text}\n\nPhoto: Sumer", "<Title>", outlet, published)
    place = text.index("Sumer")
    scores = {label: 0.8 if label == stance else 0.1 for label in LABELS}
    codings = [
        Coding(
            Paragraph(source.id, 1, 0, len(text), text),
            labels={"theme": ("water",)},
            stances=(Stance("tone", "Sumer", "Sumer", place, place + 5, stance, scores),),
        ),
        Coding(Paragraph(source.id, 2, len(text) + 2, len(source.text), "Photo: Sumer", "caption")),
    ]
    places = [match.start() for match in re.finditer("Sumer", source.text)]
    return source, codings, [Mention("Sumer", place, place + 5, "state") for place in places]


def test_boilerplate_does_not_count():
    """A mention in a caption is in no number."""
    item = tally(*coded(1, "Sumer and Sumer rest.", "good"), task="tone").actors[0]
    assert (item.n_mentions, item.n_paragraphs, item.stances) == (2, 1, {"good": 1})
    assert item.labels == {"theme": {"water": 1}}


def test_what_the_model_cannot_say_is_in_no_share():
    """An undecided stance counts as named and not as a stance."""
    source, codings, mentions = coded(1, "Sumer rests.", "good")
    unsure = Stance("tone", "Sumer", "Sumer", 0, 5, "cannot say", {"good": 0.4, "bad": 0.4})
    codings[0] = Coding(codings[0].paragraph, stances=(unsure,))
    assert tally(source, codings, mentions, task="tone").actors[0].stances == {}


class Looked(list):
    """Mentions that count how often one is looked at."""

    n = 0

    def __getitem__(self, place):
        """One mention."""
        self.n += 1
        return super().__getitem__(place)

    def __iter__(self):
        """All mentions."""
        self.n += len(self)
        return super().__iter__()


@pytest.mark.parametrize("read", [tally, Passages("tone").read])
def test_a_long_article_is_counted_in_time_that_grows_with_it(read):
    """Each mention is looked at a few times, however many paragraphs there are."""
    line = "Sumer rests."
    text = "\n".join([line] * 500)
    starts = range(0, len(text), len(line) + 1)
    codings = [
        Coding(Paragraph("a", i, start, start + len(line), line)) for i, start in enumerate(starts)
    ]
    mentions = Looked(Mention("Sumer", start, start + 5, "state") for start in starts)
    read(Article("a", text), codings, mentions)
    assert len(mentions) <= mentions.n < 10 * len(mentions)


class Page(HTMLParser):
    """Collects what a test asks of a page."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.resources, self.n_plots = [], [], [], 0

    def handle_starttag(self, tag, attrs):
        """Note ids, links, and everything that a browser would fetch."""
        values = dict(attrs)
        self.n_plots += tag == "svg"
        if "id" in values:
            self.ids.append(values["id"])
        for key in ("href", "xlink:href", "src", "srcset", "data", "action"):
            if values.get(key):
                self.links.append(values[key])
        if tag in {"script", "link", "iframe", "img", "object"}:
            self.resources.append(tag)


@pytest.fixture(scope="module")
def page():
    """The page of twelve articles by two outlets in two months."""
    passages, tallies = Passages("tone"), []
    for i in range(12):
        item = coded(
            i,
            f"Sumer & $x$ <b>{i}</b> rests.",
            LABELS[i % 3],
            outlet=("Tablet", "Stele <i>")[i % 2],
            published=f"2016-0{1 + i // 6}-01",
        )
        passages.read(*item)
        tallies.append(tally(*item, task="tone"))
    found = profile(tallies, CODEBOOK)
    by_date = profile(tallies, CODEBOOK, by="date")
    return render_profile(found, by_date, passages, model="m", fingerprint="f" * 64)


def test_the_page_stands_alone(page):
    """It fetches nothing, and no address of the web stands in it."""
    parsed = Page()
    parsed.feed(page)
    assert parsed.resources == []
    assert parsed.links
    assert all(link.startswith("#") for link in parsed.links)
    assert not re.search(r"https?:|@import|url\((?!#)", page)


def test_the_page_has_plots_with_their_values(page):
    """Three plots, each with a title, its n, and a table of its values."""
    parsed = Page()
    parsed.feed(page)
    assert parsed.n_plots == 3
    assert page.count("Table of values") == 3
    for title in ("How actors are presented", "Actor by outlet", "Over time"):
        assert f"<b>{title}</b>" in page
    assert page.count("together n = 12") == 3
    assert "from 2,000 resamples" in page
    # A codebook of one's own has other tasks than topics and frames.
    assert "topics and frames" not in page


def test_time_is_drawn_as_it_passes():
    """Months without an article take their place, and no period is left out."""
    dates = ["2014-01", *(f"{2015 + i // 12}-{1 + i % 12:02}" for i in range(24))]
    tallies = [article(i, ["good"], published=date) for i, date in enumerate(dates)]
    plot = time_plot(profile(tallies, CODEBOOK, by="date"))
    assert [row[1] for row in plot.rows] == dates
    assert ">2014-05<" in plot.svg


def test_what_is_not_drawn_is_told():
    """Of many outlets and actors a plot shows the first, and says so."""
    tallies = [article(i, ["good"], outlet=f"O{i:02}") for i in range(25)]
    assert "Of each actor the first 24 are shown." in group_plot(profile(tallies, CODEBOOK)).about
    assert "are shown" not in group_plot(profile(tallies[1:], CODEBOOK)).about
    named = ActorTally("", "state", 1, 1, {}, {"good": 1})
    many = tuple(replace(named, actor=f"A{i}") for i in range(13))
    crowd = [replace(tallies[0], actors=many)]
    assert stance_plot(profile(crowd, CODEBOOK)).about.endswith("the 12 actors named most.")


def test_half_a_character_in_an_outlet_is_drawn():
    """JSON can name an outlet with a lone surrogate, and no font has it."""
    tallies = [article(i, ["good"], outlet=("Tablet \ud83d", "Stele")[i % 2]) for i in range(12)]
    plot = group_plot(profile(tallies, CODEBOOK))
    assert "Tablet ? (" in plot.svg


def test_the_page_s_links_lead_somewhere(page):
    """Every link has its anchor, no id stands twice, and the paragraphs are there."""
    parsed = Page()
    parsed.feed(page)
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert sum(link.startswith("#paragraph-") for link in parsed.links) == 12 <= 6 * MOST_SHOWN


def test_the_page_escapes_what_articles_say(page):
    """No markup of an article becomes markup of the page."""
    assert "<b>3</b> rests" not in page
    assert "&lt;b&gt;3&lt;/b&gt; rests." in page
    assert "Stele <i>" not in page


def test_a_page_keeps_the_surest_paragraphs():
    """Of many paragraphs of one outlet and stance, a few are shown."""
    passages = Passages("tone")
    for i in range(40):
        passages.read(*coded(i, "Sumer rests.", "good"))
    assert len(passages.of("Sumer")) == MOST_SHOWN


def test_a_page_shows_the_stances_that_are_counted():
    """Where a model codes actors twice over, the stance of the other task stands nowhere."""
    source, codings, mentions = coded(1, "Sumer rests.", "good")
    other = replace(codings[0].stances[0], task="trust", stance="none")
    codings[0] = replace(codings[0], stances=(*codings[0].stances, other))
    passages = Passages("tone")
    passages.read(source, codings, mentions)
    assert [passage.stances for passage in passages.of("Sumer")] == [{"Sumer": "good"}]
