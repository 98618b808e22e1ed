"""Result files of a whole run on a small project: names, columns, sums, and what must hold."""

from __future__ import annotations

import json
import re
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from fanpin_risk.causes import Cause
from fanpin_risk.config import load_project
from fanpin_risk.indicators.catalogue import SURVEY, columns_of
from fanpin_risk.provenance import digest_of_file
from fanpin_risk.targeting.plan_settings import share_rounded_up
from fanpin_risk.workflows.reason_pictures import draw_card, profile_picture, read_results

COLUMNS = columns_of(SURVEY)
NAMES = [column.name for column in COLUMNS]
AS_OF = date(2008, 12, 31)
FILES = {
    "scores": ["household_id", "as_of", "horizon_months", "risk", "raw_score", "model_version"],
    "contributions": ["household_id", "base", *NAMES],
    "cause_contributions": [
        *("household_id", "base", "disaster", "unstable_work", "lack_of_labour"),
        *("unsafe_housing", "unsafe_water", "other", "not_shown"),
    ],
    "reasons": [
        *("household_id", "rank", "cause", "contribution", "text_zh", "text_en", "evidence"),
        *("indicator", "is_actionable", "is_own", "support", "owner_zh", "owner_en", "source"),
        "risk_points",
    ],
    "findings": ["household_id", "rule", "answer", "evidence", "parameter"],
    "rules": [
        *("rule", "title_zh", "title_en", "parameter", "value", "unit", "place", "valid_from"),
        *("valid_to", "source", "mark", "owner_zh", "owner_en"),
    ],
    "visit_plan": [
        *("household_id", "place", "team", "rank", "slice", "inclusion_probability", "risk"),
        *("rule_findings", "reasons", "proposal", "route", "why_zh", "why_en"),
    ],
    "audit_frame": ["household_id", "team", "audit_probability"],
    "not_scored": ["household_id", "reason_zh", "reason_en"],
    "quarantine": ["file", "line", "reason_zh", "reason_en", "original"],
}


@pytest.fixture(scope="module")
def found(small_run):
    """Every Parquet file of the run as a frame, with metrics and manifest."""
    frames = {path.stem: pl.read_parquet(path) for path in small_run.results.glob("*.parquet")}
    texts = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in small_run.results.glob("*.json")
    }
    return SimpleNamespace(**frames, **texts, frames=frames)


def test_a_survey_has_cards_and_profiles_too(small_run, found, tmp_path):
    """Without proposals and rules beside reasons: findings and routes of the survey's own rules."""
    results = read_results(small_run.results)
    assert not results.is_register
    ruled = found.visit_plan.filter(pl.col("slice") == "must_visit", pl.col("route").is_not_null())
    asked = ruled.join(found.scores, on="household_id", how="semi")["household_id"]
    assert len(asked), "somebody scored is on the plan by a rule"
    for household in asked[:20]:
        card = results.card(household)
        route = ruled.filter(household_id=household)["route"][0]
        assert f"{card.route.zh} / {card.route.en}" == route
        told = found.findings.filter(household_id=household, answer="met").height
        assert (len(card.met), card.standings) == (told, ())
        assert "规则与模型对照" not in card._repr_html_()
    highest = found.scores.sort("risk")["household_id"][-1]
    assert results.card(highest).reasons
    draw_card(results, highest, tmp_path / "card.png", language="zh")
    profile_picture(results).save(tmp_path / "profile.png")
    for path in tmp_path.glob("*.png"):
        assert path.stat().st_size > 5_000


def test_a_profile_shows_itself_in_jupyter(small_run):
    """A piece of a page: the drawing, its finding for a screen reader, nothing from elsewhere."""
    report = (small_run.results / "report.html").read_text(encoding="utf-8")
    assert "归入所发生的那一类" not in report, "no column of a survey is told by others"
    shown = profile_picture(read_results(small_run.results), language="en")._repr_html_()
    assert shown.startswith('<div style="max-width: ')
    assert shown.count("<svg") == 1
    assert "ouseholds on the visit plan" in re.search(r'aria-label="([^"]+)"', shown)[1]
    assert not re.search(r"<script|(?:href|src)=.https?:", shown)


@pytest.fixture(scope="module")
def day(small_project):
    """Rows of the small project's file on the day that is scored."""
    return small_project.rows.filter(pl.col("year") == 2008, pl.col("quarter") == 4)


def test_every_result_file_is_there_by_its_name(small_run):
    """A run writes every file that the design names, the model's files, and a store for MLflow."""
    names = {path.name for path in small_run.results.iterdir()}
    assert names >= {f"{name}.parquet" for name in FILES}
    assert names >= {"metrics.json", "manifest.json", "report.html", "visit_plan.xlsx"}
    models = {path.name for path in small_run.model.iterdir()}
    assert models == {"booster.txt", "model.json", "project.json", "card.md"}
    assert (small_run.root / "outputs/mlflow/mlflow.db").is_file()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_result_file_has_the_columns_it_should(found, name):
    """Each file has its columns, in their order."""
    assert found.frames[name].columns == FILES[name]


@pytest.mark.parametrize(
    "name", ["scores", "contributions", "reasons", "findings", "not_scored", "visit_plan"]
)
def test_household_numbers_are_text(found, name):
    """`household_id` is text in every file, whatever it was in the input."""
    assert found.frames[name].schema["household_id"] == pl.String


@pytest.mark.parametrize("name", ["scores", "contributions", "reasons", "findings", "not_scored"])
def test_households_are_ordered_by_bytes(found, name):
    """Rows stand in the order of the bytes of `household_id`; "10" comes before "9"."""
    households = found.frames[name]["household_id"].to_list()
    assert households == sorted(households, key=str.encode)
    assert households != sorted(households, key=int)


def test_scores_are_risks_of_one_day(found):
    """Every score is a risk strictly between 0 and 1, of the day, horizon and model of the run."""
    scores = found.scores
    assert scores["household_id"].is_unique().all()
    assert scores["risk"].is_between(0, 1, closed="none").all()
    assert scores["as_of"].unique().to_list() == [AS_OF]
    assert scores["horizon_months"].unique().to_list() == [12]
    assert scores["model_version"].unique().to_list() == [found.manifest["model_version"]]
    assert scores.null_count().sum_horizontal().item() == 0


def test_risk_follows_the_raw_score(found):
    """A higher raw score is never a lower risk."""
    ordered = found.scores.sort("raw_score")["risk"]
    assert (ordered.diff().drop_nulls() >= 0).all()


def test_contributions_and_base_give_the_raw_score(found):
    """For every household base plus all contributions is its raw score, to a millionth."""
    parts = found.contributions.drop("household_id").to_numpy()
    gap = np.abs(parts.sum(axis=1) - found.scores["raw_score"].to_numpy())
    assert found.contributions["household_id"].equals(found.scores["household_id"])
    assert gap.max() <= 1e-6
    assert found.contributions["base"].n_unique() == 1


def test_every_household_has_three_reasons(found):
    """Each household scored has ranks 1, 2, 3, in the official causes, in two languages."""
    counts = found.reasons.group_by("household_id").agg(pl.col("rank").sort())
    assert set(counts["household_id"]) == set(found.scores["household_id"])
    assert counts["rank"].to_list() == [[1, 2, 3]] * counts.height
    assert set(found.reasons["cause"]) <= {cause.value for cause in Cause}
    assert found.reasons["text_zh"].str.contains("[一-鿿]").all()
    assert not found.reasons["text_en"].str.contains("[一-鿿]").any()


def test_reasons_show_evidence_and_its_date(found):
    """A reason names an indicator, its value and a day not after the day of the decision."""
    given = found.reasons.filter(pl.col("contribution") > 0)
    evidence = given["evidence"].str.extract_groups(r"^([a-z0-9_]+)=([^@]*)@(\d{4}-\d\d-\d\d)$")
    parts = evidence.struct.unnest()
    assert parts.null_count().sum_horizontal().item() == 0
    assert set(parts["1"]) <= set(NAMES)
    assert (parts["3"].str.to_date() <= AS_OF).all()
    words = given.with_columns(day=parts["3"]).select(
        pl.col("text_zh").str.contains(pl.col("day"), literal=True)
        & pl.col("text_en").str.contains(pl.col("day"), literal=True)
    )
    assert words.to_series().all()


def test_no_reason_comes_from_a_sensitive_indicator(found):
    """Indicators marked as sensitive are never evidence, although the model uses them."""
    sensitive = {column.name for column in COLUMNS if column.indicator.is_sensitive}
    shown = set(found.reasons["evidence"].str.extract("^([a-z0-9_]+)="))
    assert not shown & sensitive
    assert len(shown - {None}) > 5


def test_evidence_is_the_value_the_model_was_given(found, run_fanpin, small_project, tmp_path):
    """The value shown with a reason is the indicator's value of that household on that day."""
    target = tmp_path / "indicators.parquet"
    ran = run_fanpin(
        *("indicators", small_project.config, "--as-of", AS_OF, "--output", target),
    )
    assert ran.code == 0, ran.err
    table = {row["household_id"]: row for row in pl.read_parquet(target).iter_rows(named=True)}
    for row in found.reasons.filter(pl.col("contribution") > 0)[::23].iter_rows(named=True):
        name, value = re.match(r"([a-z0-9_]+)=([^@]*)@", row["evidence"]).groups()
        known = table[row["household_id"]][name]
        assert value == ("" if known is None else f"{known:.4f}")


def test_findings_hold_what_is_met_or_cannot_be_told(found, day):
    """Findings list what is met and what cannot be told; with what is not met nobody is missing."""
    findings = found.findings
    assert set(findings["answer"]) <= {"met", "cannot tell"}
    assert not findings.select("household_id", "rule").is_duplicated().any()
    met, not_met = (found.manifest["findings"][key] for key in ("met", "not_met"))
    for rule in ("below_line", "below_must_visit_line", "below_monitoring_line"):
        listed = findings.filter(pl.col("rule") == rule).height
        assert listed + not_met[rule] == day.height
        assert met.get(rule, 0) == findings.filter(rule=rule, answer="met").height
        by_place = found.manifest["findings"]["not_met_by_place"]
        assert sum(row["n"] for row in by_place if row["rule"] == rule) == not_met[rule]


def test_findings_agree_with_the_file(found, day):
    """`below_line` is met exactly where income per head is below 0.60 of the quarter's median."""
    per_head = pl.col("ITF") / pl.col("IX_TOT")
    below = day.filter(pl.col("ITF") > 0, per_head < 0.6 * pl.col("MEDIAN_IPCF"))
    met = found.findings.filter(rule="below_line", answer="met")["household_id"]
    assert set(met) == set(below["hh_id"].cast(pl.String))
    assert set(found.not_scored["household_id"]) == set(met)


def test_rules_name_source_and_mark_of_every_parameter(found):
    """Each record that a finding stands on is in `rules.parquet` once, with source and mark."""
    rules = found.rules
    assert rules["parameter"].is_unique().all()
    used = set(" < ".join(found.findings["parameter"]).split(" < "))
    assert used - {"income_line", "must_visit_line", "monitoring_line"} <= set(rules["parameter"])
    assert rules["source"].str.len_chars().min() > 3
    assert set(rules["mark"]) <= set("ABCE")


def test_must_visits_are_all_on_the_plan(found):
    """Everybody whom the must-visit rule asks for, and nobody else, stands there as must-visit."""
    met = found.findings.filter(rule="below_must_visit_line", answer="met")["household_id"]
    wanted = set(met) & set(found.scores["household_id"])
    must = found.visit_plan.filter(pl.col("slice") == "must_visit")
    assert set(must["household_id"]) == wanted
    assert wanted
    assert (must["inclusion_probability"] == 1).all()


def test_the_plan_keeps_to_the_capacity(found):
    """No team has more visits than a tenth of its households, unless must-visits alone are more."""
    plan = found.visit_plan
    assert plan["household_id"].is_unique().all()
    places = found.audit_frame.group_by("team").len()
    for (team,), visits in plan.group_by("team"):
        n_must = visits.filter(slice="must_visit").height
        households = places.filter(team=team)["len"].item() + n_must
        assert visits.height == max(share_rounded_up(0.10, households), n_must)
        assert sorted(visits["rank"]) == list(range(1, visits.height + 1))


def test_the_plan_shows_no_score_but_the_slice_of_risk(found):
    """Rows by rule or by lot carry no risk; rows by risk carry the household's, all high ones."""
    plan = found.visit_plan
    assert plan.filter(pl.col("slice") != "risk")["risk"].is_null().all()
    shown = plan.filter(slice="risk").join(found.scores, on="household_id")
    assert shown.height == plan.filter(slice="risk").height
    assert (shown["risk"] == shown["risk_right"]).all()
    assert set(plan["slice"]) == {"must_visit", "risk", "audit"}
    for (team,), rows in shown.group_by("team"):
        left = set(found.audit_frame.filter(team=team)["household_id"]) - set(plan["household_id"])
        others = found.scores.filter(pl.col("household_id").is_in(left))["risk"]
        assert rows["risk"].min() >= others.max()


def test_the_draw_is_on_record(found):
    """Rows by lot carry the chance they were drawn with; the chances add up to the visits drawn."""
    audit = found.visit_plan.filter(slice="audit").join(found.audit_frame, on="household_id")
    assert (audit["inclusion_probability"] == audit["audit_probability"]).all()
    assert audit["inclusion_probability"].is_between(0, 1).all()
    drawn = audit.group_by("team").len().sort("team")
    chances = found.audit_frame.group_by("team").agg(pl.col("audit_probability").sum()).sort("team")
    joined = chances.join(drawn, on="team", how="left").fill_null(0)
    assert np.allclose(joined["audit_probability"], joined["len"])


def test_every_visit_says_why(found):
    """Each row of the plan says in words why it is there and which route the records point to."""
    plan = found.visit_plan
    assert plan["proposal"].is_null().all()  # a panel's rules propose no type
    for column in ("why_zh", "why_en", "route"):
        assert plan[column].str.len_chars().min() > 0
    must = plan.filter(slice="must_visit")
    assert must["rule_findings"].str.contains("below the must-visit line").all()
    assert not plan["reasons"].str.contains("nothing else raises this score").any()


def test_manifest_accounts_for_every_row(found, small_project, small_run, day):
    """Rows read are accepted plus quarantined; households visited are scored plus not scored."""
    (file,) = found.manifest["inputs"]
    assert file["rows_read"] == file["rows_accepted"] + file["rows_quarantined"]
    assert file["rows_read"] == small_project.rows.height
    assert file["sha256"] == digest_of_file(small_project.panel)
    households = found.manifest["households"]
    assert households["visited"] == day.height
    assert households["visited"] == households["scored"] + households["not_scored"]
    assert households["scored"] == found.scores.height
    of_panel = {mapping.table for mapping in load_project(small_project.config).source.mappings()}
    assert set(found.manifest["records"]) == of_panel
    assert found.manifest["records"]["household_snapshot"] == file["rows_accepted"]
    assert sum(found.manifest["plan"]["by_slice"].values()) == found.visit_plan.height


def test_manifest_says_what_the_run_stands_on(found):
    """Configuration, standards, versions, estimand, timings and the MLflow run are named."""
    manifest = found.manifest
    assert manifest["configuration"]["name"] == manifest["name"] == "small"
    assert manifest["estimand"] == "as_things_are"
    assert manifest["as_of"] == str(AS_OF)
    for key in ("configuration_digest", "standards_digest", "model_version"):
        assert re.fullmatch("[0-9a-f]{16}", manifest[key])
    assert {"lightgbm", "numpy", "polars", "python", "shap"} <= set(manifest["versions"])
    assert {"read", "indicators", "backtest", "train", "score"} <= set(manifest["timings_seconds"])
    assert {"run_id", "tracking_uri"} <= set(manifest["mlflow"])


def test_metrics_give_every_method_on_every_origin(found):
    """`metrics.json` holds all methods by view and origin, and intervals of their differences."""
    metrics = found.metrics
    methods = {
        *("rules_order", "weighted_past_income", "region_only", "vep", "logistic", "lightgbm"),
        *("rules_then_model", "random"),
    }
    assert set(metrics["views"]) == {"all", "returning", "new", "known"}
    for view in metrics["views"].values():
        assert set(view["methods"]) == methods
        assert {"lightgbm - rules_order", "lightgbm - logistic"} <= set(view["differences"])
    auc = metrics["views"]["all"]["methods"]["lightgbm"]["auc"]
    assert 0 <= auc["low"] <= auc["value"] <= auc["high"] <= 1
    assert [row["as_of"] for row in metrics["origins"]] == [
        "2005-12-31",
        "2006-03-31",
        "2006-06-30",
    ]
    assert all(set(row["methods"]) == methods for row in metrics["origins"])
    assert metrics["final_fold_openings"] == []


def test_training_ends_before_every_origin(found):
    """What each origin learnt from was known before it, the calibration after the trees."""
    for fit, row in zip(found.metrics["fits"], found.metrics["origins"], strict=True):
        assert fit["as_of"] == row["as_of"]
        assert fit["trained_until"] <= fit["calibrated_from"] < fit["as_of"]
        assert fit["calibrated_until"] < fit["as_of"]
        assert fit["n_training"] > 0
        assert fit["n_calibration"] > 0


def test_households_of_the_final_fold_have_no_part(found, small_project):
    """No household first seen in the final fold's time is among the backtest's predictions."""
    first = small_project.rows.group_by("hh_id").agg(
        pl.min_horizontal((pl.col("year") * 10 + pl.col("quarter")).min()).alias("first")
    )
    late = set(first.filter(pl.col("first") > 20072)["hh_id"].cast(pl.String))
    assert late
    assert not late & set(found.predictions["household_id"])
    assert set(found.predictions["as_of"]) == {
        *(date(2005, 12, 31), date(2006, 3, 31), date(2006, 6, 30))
    }


@pytest.mark.parametrize("name", ["scores", "findings", "visit_plan"])
def test_files_of_equal_bytes_hold_no_clock(small_run, found, name):
    """The three files that must be equal byte for byte hold no time, run, user or host."""
    content = (small_run.results / f"{name}.parquet").read_bytes()
    for word in (found.manifest["mlflow"]["run_id"], str(small_run.root), "created"):
        assert word.encode() not in content
    kinds = set(found.frames[name].schema.values())
    assert not [kind for kind in kinds if isinstance(kind, pl.Datetime | pl.Time | pl.Duration)]
