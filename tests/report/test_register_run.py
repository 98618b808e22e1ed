"""A whole run on a small county's register: report, plan and workbook as officers get them."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from fanpin_risk.causes import Cause
from fanpin_risk.config import load_project
from fanpin_risk.explain.support import to_do
from fanpin_risk.indicators.catalogue import COUNTY, columns_of
from fanpin_risk.report.workbook_texts import NO_REASONS_FOR_AUDIT
from fanpin_risk.workflows.run import Places, run
from fanpin_risk.workflows.train import CARD_FILE

C = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[1] / "workflows/register_county.py"))
)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Results of a run, and the model's card."""
    root = tmp_path_factory.mktemp("register_run")
    records = C.CT.write(root / "county", C.tables())
    project = load_project(C.configuration(root / "config", records))
    places = Places(
        results=root / "outputs",
        model=root / "model",
        store=root / "mlflow",
        tracking_uri=None,
    )
    run(project, places, n_threads=1, promote=False, step=lambda *_: None)
    return SimpleNamespace(
        report=(places.results / "report.html").read_text(encoding="utf-8"),
        card=(places.model / CARD_FILE).read_text(encoding="utf-8"),
        manifest=json.loads((places.results / "manifest.json").read_text(encoding="utf-8")),
        frames={path.stem: pl.read_parquet(path) for path in places.results.glob("*.parquet")},
        book=CalamineWorkbook.from_path(str(places.results / "visit_plan.xlsx")),
    )


def test_the_report_is_of_the_register(done):
    """Records, cohort and outcome of the basis, and counts that the manifest has."""
    said = re.sub(r"<[^>]+>", "", done.report)
    outcome = done.manifest["outcome"]
    for key in ("basis_zh", "cohort_zh", "outcome_zh", "title_zh"):
        assert outcome[key] in said
    households = done.manifest["households"]
    assert f"在册{households['visited']:,}户，评分{households['scored']:,}户" in said
    assert "编造的记录" in said
    assert outcome["cohort_zh"] in done.card


def test_many_at_once_and_bunching_stand_in_the_report(done):
    """Both sections with their figures, the promise and the sentence; files beside."""
    said = re.sub(r"<[^>]+>", "", done.report)
    for words in ("何处成规模", "收入记录在线附近", "平均每年不超过0.5次"):
        assert words in said
    assert "这是关于记录的数字，从不说明任何一个人或一户。" in said
    assert 'id="figure-alarm"' in done.report
    assert set(done.frames) >= {"alarms", "alarm_months", "bunching", "bunching_bins"}
    assert done.frames["alarm_months"]["month"][-1] == "2023-05"
    assert done.manifest["areas"]["bunching"]["line"] == "monitoring_line"


def test_first_causes_of_the_plan_stand_in_the_report(done):
    """The profile of those on the plan for a reason, with how many they are."""
    planned = done.frames["visit_plan"].filter(pl.col("slice") != "audit")
    n = planned.join(done.frames["scores"], on="household_id", how="semi").height
    assert 'id="figure-profile"' in done.report
    assert "变故的次数、损失和天数归入所发生的那一类" in done.report
    label = re.search(r'id="figure-profile"><svg[^>]* aria-label="([^"]+)"', done.report)
    assert f"{n:,}" in label[1]
    assert ("走访名单上的户" in label[1]) or ("ouseholds on the visit plan" in label[1])


def test_the_report_names_no_household(done):
    """Nobody's number is on the page or in the card."""
    ids = done.frames["scores"]["household_id"]
    assert ids.len() > 100
    assert not any(household in done.report + done.card for household in ids)


def test_every_reason_of_the_plan_names_cause_support_and_office(done):
    """Officially worded, dated, and with what can follow; never a score nor a sensitive sign."""
    told = done.frames["reasons"].filter(pl.col("contribution") > 0)
    assert told.height > 100
    sensitive = [c.title_zh for c in columns_of(COUNTY) if c.indicator.is_sensitive]
    for row in told.iter_rows(named=True):
        text = row["text_zh"]
        assert text.startswith(f"{Cause(row['cause']).value}：")
        assert text.endswith(
            (to_do(Cause(row["cause"]))[0], "入户时问本户是否也受影响", "请入户了解并补录")
        )
        assert re.search(r"\d{4}-\d\d-\d\d", text)
        assert not any(words in text for words in (*sensitive, "未知", "收入线"))


def test_the_workbook_shows_reasons_and_no_score(done):
    """Each visit once with its reasons; a random check with none; no risk in any cell."""
    visits = {row["household_id"]: row for row in done.frames["visit_plan"].iter_rows(named=True)}
    seen = {}
    for name in done.book.sheet_names[1:-1]:
        for row in done.book.get_sheet_by_name(name).to_python():
            if row and len(row) > 6 and str(row[1]) in visits:
                seen[str(row[1])] = row
    assert set(seen) == set(visits)
    scores = {f"{risk:.3f}" for risk in done.frames["scores"]["risk"]}
    for household, row in seen.items():
        cell = str(row[6])
        if visits[household]["slice"] == "audit":
            assert cell == NO_REASONS_FOR_AUDIT
        else:
            assert cell == (visits[household]["reasons"] or "")
        texts = {str(value) for value in row[1:]}
        assert not texts & scores
