"""The page holds every section and the evaluation's own numbers, nobody's data, and no address."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polars as pl
import pytest

from fanpin_risk.errors import OutputError, SchemaError
from fanpin_risk.explain.cause_profile import cause_profile
from fanpin_risk.report.content import DataNote
from fanpin_risk.report.figures import FIGURES, report_figures
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.html import SECTIONS, report_html, write_report
from fanpin_risk.report.words import METHODS, NOT_FOR, Words, percent

HAN = re.compile(r"[\u4e00-\u9fff]")
FIGURE = '<svg viewBox="0 0 4 3" role="img" aria-label="a figure"><path d="M0 0"/></svg>'
DRAWN = dict.fromkeys(FIGURES, FIGURE)
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> & "quoted"'


class Page(HTMLParser):
    """What a page consists of: elements with attributes, sections' headings, tables' cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: dict[str, str] = {}
        self.tables: dict[str, list[list[str]]] = {}
        self.words: list[str] = []
        self._section = self._table = ""
        self._in: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note an element, and where the text that follows belongs."""
        given = dict(attrs)
        self.elements.append((tag, given))
        self._in.append(tag)
        if tag == "section":
            self._section = given["id"] or ""
        if tag == "figure" and (given.get("id") or "").startswith("table-"):
            self._table = (given["id"] or "").removeprefix("table-")
            self.tables[self._table] = []
        if tag == "tr" and self._table:
            self.tables[self._table].append([])
        if tag in ("td", "th") and self._table:
            self.tables[self._table][-1].append("")

    def handle_endtag(self, tag):
        """Forget where the text belonged."""
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data):
        """Put a text where it belongs."""
        if "style" in self._in:
            return
        self.words.append(data)
        if "h2" in self._in:
            self.headings[self._section] = self.headings.get(self._section, "") + data
        if self._table and ("td" in self._in or "th" in self._in) and self.tables[self._table]:
            self.tables[self._table][-1][-1] += data.strip() and data.strip() + " "

    def rows(self, table: str) -> dict[str, list[str]]:
        """Cells of a table by the first word of the row."""
        return {row[0].strip(): [c.strip() for c in row[1:]] for row in self.tables[table][1:]}


@pytest.fixture(scope="module")
def text(content) -> str:
    """The page of the small content, with figures that are not looked at here."""
    return report_html(content, DRAWN)


@pytest.fixture(scope="module")
def page(text) -> Page:
    """Its elements, headings and tables."""
    return Page(text)


def test_every_section_is_there_once_in_both_languages(page):
    """Each section has its heading, Chinese first and English beside."""
    assert list(page.headings) == list(SECTIONS)
    for name, heading in page.headings.items():
        assert SECTIONS[name].zh in heading
        assert SECTIONS[name].en in heading
        assert heading.index(SECTIONS[name].zh) < heading.index(SECTIONS[name].en)


def test_every_figure_stands_in_the_page(page):
    """Each figure is shown once, inside the page."""
    ids = [given.get("id") for tag, given in page.elements if tag == "figure"]
    assert {i for i in ids if i and i.startswith("figure-")} == {f"figure-{n}" for n in FIGURES}
    assert sum(tag == "svg" for tag, _ in page.elements) == len(FIGURES)


def test_the_profile_of_the_plan_is_drawn_where_there_is_one(small, predictions, metrics, page):
    """With its sentence and its interval; without anybody on the plan neither is there."""
    ids = [f"h{n:02}" for n in range(30)]
    group = pl.DataFrame({"household_id": ids, "village": ["v"] * 30})
    lines = pl.DataFrame(
        {"household_id": ids, "rank": [1] * 30, "cause": ["因病"] * 30, "contribution": [0.5] * 30}
    )
    profile = cause_profile(group, lines, lines.drop("rank"), seed=1)
    with_profile = small.content(predictions, metrics, profile=profile)
    drawn = report_figures(with_profile, font=figure_font())
    assert tuple(drawn) == (*FIGURES, "profile")
    words = Page(report_html(with_profile, DRAWN | {"profile": FIGURE}))
    ids = [given.get("id") for tag, given in words.elements if tag == "figure"]
    assert ids.count("figure-profile") == 1
    said = "只看走访名单上的户（随机抽查户除外）"
    assert (said in "".join(words.words), said in "".join(page.words)) == (True, False)
    few = cause_profile(group.head(9), lines, lines.drop("rank"), seed=1)
    shown = report_html(
        small.content(predictions, metrics, profile=few), DRAWN | {"profile": FIGURE}
    )
    assert ("figure-profile" in shown, said in shown) == (True, False), "the figure says: too few"


def test_what_it_is_not_for_stands_at_the_head_and_at_the_foot(page):
    """The notice is in the banner, in its own section and at the foot, in both languages."""
    words = "".join(page.words)
    assert words.count(NOT_FOR.zh) >= 3
    assert words.count(NOT_FOR.en) >= 3


def test_nothing_is_asked_from_anywhere(text, page):
    """No script, no link, no image, no address to load from; the page itself forbids them."""
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "video", "form"}
    for _, given in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            assert (given.get(name) or "#").startswith("#")
        assert not any(name.startswith("on") for name in given)
    loaded = re.findall(r"url\(([^)]*)\)|@import|@font-face", text)
    assert all(address.startswith("#") for address in loaded)
    policy = [g["content"] for t, g in page.elements if g.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_every_text_is_escaped(content, small):
    """Markup in a title, a rule, a place, a team, a source or a file name is shown and not run."""
    hostile = Words(HOSTILE, HOSTILE)
    places = content.predictions.with_columns(
        place=pl.when(pl.col("place") == "3").then(pl.lit(HOSTILE)).otherwise("place")
    )
    manifest = dict(content.manifest)
    manifest["inputs"] = [content.manifest["inputs"][0] | {"file": HOSTILE}]
    manifest["findings"] = {"cannot_tell": {HOSTILE: 3}}
    changed = small.content(
        places,
        content.metrics,
        title=hostile,
        manifest=manifest,
        rules=content.rules.with_columns(source=pl.lit(HOSTILE), title_zh=pl.lit(HOSTILE)),
        teams=content.teams.with_columns(team=pl.lit(HOSTILE)),
        plan_notice=(HOSTILE, HOSTILE),
        data=DataNote(title=hostile, publisher=HOSTILE, limits=(hostile,)),
    )
    found = Page(report_html(changed, DRAWN))
    assert not {tag for tag, _ in found.elements} & {"script", "img"}
    assert "".join(found.words).count("alert(1)") >= 12


def test_figures_of_hostile_titles_are_escaped_too(content, small):
    """A region's name that looks like markup is text inside the SVG."""
    changed = small.content(
        content.predictions.with_columns(region=pl.lit("<script>alert(1)</script>")),
        content.metrics,
    )
    figures = report_figures(changed, font=figure_font(installed={}, notice=lambda _: None))
    from fanpin_risk.report.figure_base import svg_text

    drawn = DRAWN | {"missed": svg_text(figures["missed"], label="<script>")}
    found = Page(report_html(changed, drawn))
    assert "script" not in {tag for tag, _ in found.elements}
    assert "<script>alert(1)</script>" in "".join(found.words)


def test_tables_hold_the_evaluations_numbers(page, metrics):
    """Recall and precision of every method at every budget, with the interval that is read."""
    methods = metrics["views"]["all"]["methods"]
    for measure in ("precision", "recall"):
        rows = page.rows(measure)
        for method, words in METHODS.items():
            cells = next(cells for first, cells in rows.items() if first.startswith(words.zh))
            for name, cell in zip(("0%", "2%", "5%", "10%"), cells, strict=True):
                row = methods[method][f"{measure}_at_must+{name}"]
                low, high = percent(row["jackknife_low"]), percent(row["jackknife_high"])
                assert cell == f"{percent(row['value'])} [{low}, {high}]"


def test_both_intervals_of_the_ranking_are_shown(page, metrics):
    """Where the jackknife is read the bootstrap stands beside it."""
    row = metrics["views"]["all"]["methods"]["lightgbm"]["auc"]
    cells = next(c for first, c in page.rows("ranking").items() if first.startswith("模型"))
    assert cells[0] == (
        f"{row['value']:.3f} [{row['jackknife_low']:.3f}, {row['jackknife_high']:.3f}]"
    )
    assert cells[2] == f"[{row['low']:.3f}, {row['high']:.3f}]"
    assert "刀切法" in "".join(page.words)


def test_an_order_within_origins_has_no_ranking_over_all_of_them(page):
    """The plan's order is compared by lists, and has no AUC over all origins."""
    cells = next(c for first, c in page.rows("ranking").items() if first.startswith("先规则后"))
    assert set(cells) == {"–"}


def test_the_cap_of_total_recall_is_one_over_the_rules_recall(page, metrics):
    """What the ratio of total recall can reach at most is shown beside it."""
    recall = metrics["views"]["all"]["methods"]["rules_order"]["recall_at_must+5%"]["value"]
    row = next(cells for first, cells in page.rows("further").items() if first.startswith("再加5%"))
    assert row[-1] == f"{1 / recall:.2f}"


def test_bold_means_that_the_interval_excludes_zero(text, metrics):
    """A difference is set in bold exactly when its interval says so."""
    table = text[text.index('id="table-differences"') :]
    table = table[: table.index("</table>")]
    bold = len(re.findall(r'class="num clear"', table))
    wanted = 0
    measures = ("auc", "average_precision", "precision_at_must+5%", "recall_at_must+5%")
    for pair, found in metrics["views"]["all"]["differences"].items():
        for row in [found[measure] for measure in measures if pair.startswith("lightgbm - ")]:
            wanted += row["jackknife_low"] > 0 or row["jackknife_high"] < 0
    assert 0 < bold == wanted


def test_few_places_have_no_interval_at_all(content, small):
    """With fewer than 15 places the page says so, and shows not one bracket or bar."""
    table = small.predictions(places=("1", "2", "3", "4", "5", "6"), per_place=150)
    changed = small.content(table, small.metrics(table))
    found = report_html(changed, DRAWN)
    assert "只有6个地区，不给区间" in found
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found)
    assert not [cell for cell in cells if "[" in cell and "敏感" not in cell]
    report_figures(changed, font=figure_font(notice=lambda _: None))


def test_with_many_places_the_bootstrap_is_read(content, small):
    """Where the design says bootstrap its interval stands in every cell, and no second one."""
    design = content.metrics["views"]["all"]["design"] | {"basis": "bootstrap", "n_clusters": 60}
    views = {name: part | {"design": design} for name, part in content.metrics["views"].items()}
    changed = small.content(content.predictions, content.metrics | {"views": views})
    found = Page(report_html(changed, DRAWN))
    row = content.metrics["views"]["all"]["methods"]["lightgbm"]["auc"]
    cells = next(c for first, c in found.rows("ranking").items() if first.startswith("模型"))
    assert cells[0] == f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
    assert len(cells) == 2
    assert "60个地区重抽50次" in "".join(found.words)


def test_without_outcomes_there_is_no_report(content, small):
    """When nothing could be measured the mend is said, and no page is made."""
    views = content.metrics["views"] | {"all": {"n_households": 9, "n_known": 0}}
    changed = small.content(content.predictions, content.metrics | {"views": views})
    with pytest.raises(SchemaError, match="Widen the period of the backtest"):
        report_html(changed, DRAWN)


def test_a_view_that_could_not_be_measured_is_shown_as_such(content, small):
    """Without new households their row has counts and dashes, and everything else stands."""
    table = content.predictions.with_columns(is_new=pl.lit(False))
    changed = small.content(table, small.metrics(table))
    rows = Page(report_html(changed, DRAWN)).rows("views")
    cells = next(cells for first, cells in rows.items() if first.startswith("新户"))
    assert cells == ["0", "0", "–", *["–"] * 5]
    report_figures(changed, font=figure_font(notice=lambda _: None))


def test_rows_that_do_not_add_up_are_called_out(content, small, page):
    """Read = accepted + quarantined is checked where it is shown."""
    assert page.rows("inputs")["panel.parquet SHA-256 abababababababab…"][3] == "相等 adds up"
    manifest = dict(content.manifest)
    manifest["inputs"] = [content.manifest["inputs"][0] | {"rows_quarantined": 2}]
    changed = small.content(content.predictions, content.metrics, manifest=manifest)
    assert "不相等！" in report_html(changed, DRAWN)


def test_openings_of_the_final_fold_are_on_the_page(content, small, page):
    """Before any opening the page says so; each opening stands with date, commit and result."""
    assert "It has not been opened yet." in "".join(page.words)
    known = content.metrics["views"]["known"]
    result = {
        "methods": {
            "lightgbm": {k: known["methods"]["lightgbm"][k] for k in ("auc", "precision_at_10%")}
        },
        "auc_differences": {
            "lightgbm - logistic": known["differences"]["lightgbm - logistic"]["auc"]
        },
        "further_visits_ratio": {
            "further_falls_at_5%": known["ratios"]["lightgbm / rules_order"]["further_falls_at_5%"]
        },
        "calibration_over_origins": {
            "calibration_slope": content.metrics["over_origins"]["lightgbm"]["calibration_slope"]
        },
    }
    opening = {
        "opened_on": "2026-11-20",
        "commit": "abc1234",
        "configuration": "cfg",
        "result": result,
    }
    metrics = content.metrics | {"final_fold_openings": [opening, opening]}
    found = Page(report_html(small.content(content.predictions, metrics), DRAWN))
    words = "".join(found.words)
    assert "abc1234" in words
    assert "2026-11-20" in words
    assert "not been opened" not in words
    auc = known["methods"]["lightgbm"]["auc"]["value"]
    assert f"{auc:.3f}" in found.tables["opening-1"][1][2]


def test_sensitive_indicators_are_listed_and_labelled(page):
    """Each sensitive indicator is in the table, and says that it is never a reason."""
    rows = [first for first in page.rows("indicators") if "敏感" in first]
    assert rows
    assert all("从不作为理由" in first and "never shown as a reason" in first for first in rows)


def test_nobodys_data_is_on_the_page(text):
    """No household number of the evaluation, the scores or the plan is anywhere in the page."""
    assert not re.search(r"HH\d{10}|SC\d{6}", text)


def test_the_source_of_the_data_is_named(page):
    """The publisher stands at the head and in its own section."""
    assert "".join(page.words).count("INDEC") >= 2


def test_the_same_content_gives_the_same_page(content, text):
    """Rendered again the page has the same bytes."""
    assert report_html(content, DRAWN) == text


def test_a_page_is_written_whole_or_not_at_all(content, tmp_path):
    """Written, it is what was rendered; below a file nothing is written and one line says so."""
    figures = report_figures(content, font=figure_font(notice=lambda _: None))
    write_report(tmp_path / "report.html", content, figures)
    written = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert Page(written).headings.keys() == SECTIONS.keys()
    assert written.count("<svg") == len(FIGURES)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        write_report(tmp_path / "file" / "report.html", content, figures)
    assert (tmp_path / "file").read_text() == "kept"
