"""The register's basis through the whole workflow: days, cohort, outcomes, model, plan."""

from __future__ import annotations

import json
import runpy
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import polars as pl
import pytest

from fanpin_risk.config import load_project
from fanpin_risk.dates import day_number
from fanpin_risk.errors import AsOfError, ConfigError, ModelError, SchemaError, TimeOrderError
from fanpin_risk.indicators.catalogue import COUNTY, SURVEY, catalogue_digest, columns_of
from fanpin_risk.outcomes.flow import EXCLUDED
from fanpin_risk.outcomes.needs import event_outcomes
from fanpin_risk.records import timeline
from fanpin_risk.risk.artifact import StoredModel
from fanpin_risk.risk.metrics import auc
from fanpin_risk.standards.catalogue import STANDARD_RULES
from fanpin_risk.workflows import register
from fanpin_risk.workflows.backtest import predict_one
from fanpin_risk.workflows.commands import (
    read_project,
    run_backtest,
    run_findings,
    run_indicators,
    run_plan,
    run_score,
    run_train,
    run_tune,
)
from fanpin_risk.workflows.days import build_day, build_days, days_until, situation, with_outcomes
from fanpin_risk.workflows.fit import sample_of
from fanpin_risk.workflows.reason_pictures import (
    draw_card,
    months_picture,
    profile_picture,
    read_results,
)
from fanpin_risk.workflows.results import MOST_RULES_PRINTED, print_rows
from fanpin_risk.workflows.ruled import rule_must_visits

HERE = Path(__file__).parent
C = SimpleNamespace(**runpy.run_path(str(HERE / "register_county.py")))
ran = runpy.run_path(str(HERE / "reasons_county.py"))["ran"]
SLOW = SimpleNamespace(**runpy.run_path(str(HERE.parent / "reference" / "needs_reference.py")))
AS_OF = date(2023, 6, 30)
EVERYBODY = {"household_id": pl.String, "place": pl.String}
ORDERED = (
    *("scores", "findings", "visit_plan", "proposals", "exits", "post_queue", "loop", "clearing"),
    *("low_income", "low_income_classes"),
    *("alarms", "alarm_months", "alarm_untold", "alarm_reach", "bunching", "bunching_bins"),
)
"""Files that must be the same bytes whatever the order of rows."""
ORIGINS = [date(2022, 9, 30), date(2022, 12, 31)]


def silent(*_words):
    """Take note of nothing."""


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A folder of record tables, a configuration on it, and both read."""
    root = tmp_path_factory.mktemp("register")
    tables = C.tables()
    records = C.CT.write(root / "county", tables)
    project = load_project(C.configuration(root / "config", records))
    _, setting = read_project(project, silent)
    return SimpleNamespace(
        root=root, tables=tables, records=records, project=project, setting=setting
    )


@pytest.fixture(scope="module")
def tested(county):
    """A backtest: metrics and predictions."""
    folder = county.root / "outputs/backtest"
    metrics = run_backtest(county.project, folder, n_threads=1, step=silent)
    return SimpleNamespace(
        metrics=metrics, predictions=pl.read_parquet(folder / "predictions.parquet")
    )


@pytest.fixture(scope="module")
def scored(county):
    """A model trained for the last day, and that day scored with it."""
    model = county.root / "models/register"
    run_train(county.project, model, as_of=AS_OF, n_threads=1, step=silent)
    return SimpleNamespace(model=model, **vars(score(county, model, "first")))


def score(county, model, name, **more):
    """Score the last day into a folder; manifest and frames."""
    folder = county.root / "outputs" / name
    settings = {"as_of": AS_OF, "standards": None, "n_threads": 1, "step": silent} | more
    manifest = run_score(model, [county.records], folder, **settings)
    frames = {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}
    return SimpleNamespace(folder=folder, manifest=manifest, frames=frames)


# Days and cohort


def test_days_are_those_of_the_configuration(county):
    """Month-ends from the first named on, up to the day asked for."""
    found = days_until(county.setting, date(2022, 3, 31))
    assert found == [date(2021, 6, 30), date(2021, 9, 30), date(2021, 12, 31), date(2022, 3, 31)]


def test_everybody_is_asked_about_or_left_out(county):
    """The cohort and those outside are the households on record, each once."""
    now = situation(county.setting, AS_OF)
    day = build_day(county.setting, AS_OF, now=now)
    everybody = county.setting.basis.everybody(now)
    on_record = set(county.tables["household_snapshot"]["household_id"])
    assert set(everybody["household_id"]) == on_record
    assert day.households.height + sum(day.n_outside.values()) == len(on_record)
    assert set(day.n_outside) <= set(EXCLUDED)
    assert min(day.n_outside.values()) > 0
    assert day.features["household_id"].equals(day.households["household_id"])
    assert day.households["in_cohort"].all()


def test_indicators_are_the_countys_part_of_the_catalogue(county):
    """Columns in the order of the catalogue, and most of them say something."""
    day = build_day(county.setting, AS_OF)
    assert day.features.columns[1:] == [column.name for column in columns_of(COUNTY)]
    told = [name for name in day.features.columns if day.features[name].n_unique() > 1]
    assert len(told) > 60


def test_later_records_change_no_day(county, tmp_path):
    """Indicators, cohort and rules of a day are the same from records that end on it."""
    day = ORIGINS[0]
    assert same_from_what_was_known(county, tmp_path, day)


def test_an_open_door_is_noticed(county, tmp_path, monkeypatch):
    """If everything passes the door, later records change the day, and the check says so."""
    monkeypatch.setattr(timeline, "newest_known", lambda table, *_: table)
    assert not same_from_what_was_known(county, tmp_path, ORIGINS[0])


def same_from_what_was_known(county, folder, day):
    """Whether a day is the same from records cut off at it."""
    cut = {
        name: frame.filter(pl.col("recorded_on") <= day) for name, frame in county.tables.items()
    }
    assert sum(map(len, cut.values())) < sum(map(len, county.tables.values()))
    records = C.CT.write(folder / "cut", cut)
    _, ends_then = read_project(county.project, silent, [records])
    whole, part = build_day(county.setting, day), build_day(ends_then, day)
    return whole.features.equals(part.features) and whole.households.equals(part.households)


# Outcomes


def test_labels_of_an_origin_are_those_of_a_walk_over_the_rows(county, tested):
    """Every household of every origin, by a second implementation on the raw visits."""
    plain = {
        table: [
            {"household_id": row["household_id"], "occurred_day": day_number(row["occurred_on"])}
            | {key: row[key] for key in ("result", "decision") if key in row}
            for row in county.tables[table].iter_rows(named=True)
        ]
        for table in ("visit", "verification", "listing")
    }
    by_household = {}
    for table, rows in plain.items():
        for row in rows:
            by_household.setdefault(row["household_id"], {}).setdefault(table, []).append(row)
    seen = Counter()
    for row in tested.predictions.iter_rows(named=True):
        cohort = county.project.configuration.cohort
        expected = SLOW.label_of(
            by_household.get(row["household_id"], {}),
            row["household_id"],
            as_of_day=day_number(row["as_of"]),
            horizon_day=day_number(cohort.later_day(row["as_of"])),
            complete_day=day_number(cohort.known_on(row["as_of"])),
            need_from=cohort.need_from,
        )
        assert row["label"] == expected
        assert row["fell"] == {"yes": 1.0, "no": 0.0, "unknown": None}[expected]
        seen[expected] += 1
    assert min(seen[label] for label in ("yes", "no", "unknown")) > 10


def test_the_metrics_tell_who_was_asked_about_and_what_became_known(tested):
    """Population is cohort and those outside; labels add up to the cohort."""
    rows = tested.metrics["population"]
    assert [row["as_of"] for row in rows] == [str(day) for day in ORIGINS]
    for row in rows:
        outside = sum(row["n_outside"].values())
        assert row["n_households"] == row["n_asked_about"] + outside
        assert sum(row["n_by_label"].values()) == row["n_asked_about"]
    assert tested.metrics["cohort"]["share_unknown"] < 0.3


def test_the_model_finds_what_there_is_to_find(tested):
    """Need follows large bills here: the model sees it, and the lottery does not."""
    known = tested.predictions.filter(pl.col("fell").is_not_null())
    fell = known["fell"].to_numpy()
    assert auc(known["lightgbm"].to_numpy(), fell) > 0.6
    assert abs(auc(known["random"].to_numpy(), fell) - 0.5) < 0.1


def test_what_a_register_cannot_give_is_left_out_and_said(tested, scored):
    """No method that learns from later incomes; the reason stands in both files."""
    assert "vep" not in tested.predictions.columns
    assert "vep" not in tested.metrics["views"]["all"]["methods"]
    assert set(tested.metrics["left_out"]) == {"vep", "welfare"}
    assert scored.manifest["left_out"] == tested.metrics["left_out"]


def test_training_uses_what_was_known_before_the_origin_only(county, tested):
    """Yes and no alike: a day counts from the end of its looks on."""
    fit = tested.metrics["fits"][0]
    # 2021-12-31 is known on 2022-06-30; 2022-03-31 only on the origin itself
    assert fit["as_of"] == "2022-09-30"
    assert (fit["calibrated_from"], fit["calibrated_until"]) == ("2021-12-31", "2022-06-30")
    assert fit["trained_until"] == "2021-12-31"
    setting = county.setting
    days = build_days(setting, [date(2022, 3, 31)], silent)
    assert with_outcomes(setting, days, date(2022, 9, 29)) == []
    assert len(with_outcomes(setting, days, date(2022, 9, 30))) == 1


def test_an_outcome_known_on_the_origin_is_refused(county):
    """Training on it stops, and says on which day it was known."""
    setting = county.setting
    days = build_days(setting, [date(2022, 3, 31), date(2022, 9, 30)], silent)
    training = sample_of(with_outcomes(setting, days[:1], AS_OF), first_seen_before=None)
    test = with_outcomes(setting, days[1:], AS_OF)
    with pytest.raises(
        TimeOrderError, match=r"known on 2022-09-30, not before the origin 2022-09-30"
    ):
        predict_one(setting, county.project.configuration, training, test, 1)


def test_an_outcome_is_not_asked_for_too_early(county):
    """The day of evaluation must be after the looks."""
    now = situation(county.setting, date(2022, 9, 29))
    asked = nw.from_native(pl.DataFrame({"household_id": ["x"]}), eager_only=True)
    with pytest.raises(TimeOrderError, match="known from 2022-09-30 on"):
        event_outcomes(
            now.register.facts, asked, date(2022, 3, 31), county.project.configuration.cohort
        )


# Scoring


def test_scoring_counts_everybody(county, scored):
    """Scored, and not scored by reason, with words; the sum is the households on record."""
    households = scored.manifest["households"]
    assert households["visited"] == households["scored"] + households["not_scored"]
    by_reason = scored.manifest["not_scored_by_reason"]
    assert sum(by_reason.values()) == households["not_scored"]
    (line,) = [text for text in print_rows(scored.manifest) if text.startswith(str(AS_OF))]
    assert f"在册 on record {households['visited']} = 评分 scored {households['scored']} +" in line
    assert f"已纳入监测对象 listed {by_reason['listed']}" in line
    unsure = [text for text in print_rows(scored.manifest) if "rule cannot tell" in text]
    more = scored.manifest["findings"]["cannot_tell"]
    assert len(unsure) == MOST_RULES_PRINTED < len(more)
    assert f"另有{len(more) - MOST_RULES_PRINTED}条规则" in "".join(print_rows(scored.manifest))
    aside = scored.frames["not_scored"]
    assert aside.columns == ["household_id", "reason_zh", "reason_en"]
    words = {zh for zh, _ in EXCLUDED.values()}
    assert set(aside["reason_zh"]) <= words
    assert not set(aside["household_id"]) & set(scored.frames["scores"]["household_id"])


def test_the_plan_has_a_team_for_each_village(county, scored):
    """A team is a village, and nobody outside the cohort is on the plan."""
    villages = set(county.tables["household_snapshot"]["place"])
    assert set(scored.frames["teams"]["team"]) <= villages
    assert set(scored.frames["visit_plan"]["household_id"]) <= set(
        scored.frames["scores"]["household_id"]
    )
    plan = scored.frames["visit_plan"]
    assert plan["proposal"].str.contains(" / ").all()
    assert plan["route"].str.contains(" / ").all()


def test_must_visits_are_those_of_the_rules_and_of_the_proposals(scored):
    """A group that must be visited, sudden hardship, or a route case by case; and nobody else."""
    frames = scored.frames
    asking = [rule.name for rule in STANDARD_RULES if rule.makes_must_visit]
    by_rule = frames["findings"].filter(pl.col("rule").is_in(asking), answer="met")
    wanted = set(by_rule["household_id"]) | set(sudden(frames))
    must = frames["visit_plan"].filter(slice="must_visit")
    assert set(must["household_id"]) == wanted & set(frames["scores"]["household_id"])
    first = must.join(by_rule, on="household_id", how="semi")["rule_findings"]
    titles = [rule.title_zh for rule in STANDARD_RULES if rule.makes_must_visit]
    assert first.len() > 0
    assert all(text.startswith(tuple(titles)) for text in first)


def sudden(frames):
    """Households whose proposal is sudden hardship, or whose route is case by case."""
    proposals = frames["proposals"]
    is_so = (pl.col("proposal") == "sudden") | (pl.col("route") == "case_by_case")
    return proposals.filter(is_so)["household_id"].to_list()


def left_to_the_score(frames):
    """Those of them who are asked about and stand on the plan as no must-visit."""
    must = frames["visit_plan"].filter(slice="must_visit")["household_id"]
    return (set(sudden(frames)) & set(frames["scores"]["household_id"])) - set(must)


def test_sudden_hardship_is_never_ranked_by_the_model_alone(scored):
    """Every one of them is a must-visit, and none is drawn by lot or chosen by risk."""
    of_cohort = set(sudden(scored.frames)) & set(scored.frames["scores"]["household_id"])
    assert len(of_cohort) > 5
    assert left_to_the_score(scored.frames) == set()


def test_sudden_hardship_left_to_the_score_is_noticed(county, scored, monkeypatch):
    """If proposals ask for no visit, some of them are ranked, and the check says so."""

    def without_proposals(day):
        proposed = day.proposals.with_columns(must_visit=pl.lit(False))
        return rule_must_visits(replace(day, proposals=proposed))

    monkeypatch.setattr(register, "rule_must_visits", without_proposals)
    assert left_to_the_score(score(county, scored.model, "ranked").frames) != set()


def test_findings_name_the_rules_of_the_register(scored):
    """Everybody on record has one answer of every rule; of evidence only what is met is told."""
    found, counted = scored.frames["findings"], scored.manifest["findings"]
    names = [rule.name for rule in STANDARD_RULES]
    assert set(found["rule"]) <= set(names)
    assert scored.frames["rules"].filter(kind="rule")["rule"].to_list() == names
    for rule in STANDARD_RULES:
        for answer, key in (("met", "met"), ("cannot tell", "cannot_tell")):
            assert (
                counted[key].get(rule.name, 0) == found.filter(rule=rule.name, answer=answer).height
            )
        told = sum(counted[key].get(rule.name, 0) for key in ("met", "not_met", "cannot_tell"))
        assert told == scored.manifest["households"]["visited"] or rule.is_evidence


def test_the_result_files_of_a_register_agree(scored):
    """Proposals of everybody, exits of those listed, posts, the loop; the manifest counts them."""
    frames, manifest = scored.frames, scored.manifest
    proposals, exits = frames["proposals"], frames["exits"]
    assert proposals["household_id"].is_unique().all()
    assert proposals.height == manifest["households"]["visited"]
    listed = proposals.filter("is_listed")["household_id"]
    assert exits["household_id"].to_list() == listed.to_list()
    assert sum(manifest["exits"].values()) == exits.height > 0
    for row in manifest["proposals"]:
        alike = proposals.filter(**{key: row[key] for key in ("proposal", "route", "is_listed")})
        assert alike.height == row["n"]
    assert sum(row["n"] for row in manifest["proposals"]) == proposals.height
    classes = frames["low_income_classes"]
    members = frames["low_income"]["n_members"].sum()
    assert classes["n_counted"].sum() == members > 0
    assert sum(row["n"] for row in manifest["posts_ending"]) == frames["post_queue"].height > 0
    assert set(frames["post_queue"]["household_id"]) <= set(proposals["household_id"])
    assert frames["loop"].to_dicts() == manifest["loop"]
    together = frames["clearing"].filter(place="*")
    assert together["month"].to_list() == [row["month"] for row in manifest["clearing"]]
    assert (together["month"][0], together["month"][-1]) == ("2022-07", "2023-06")
    assert together["last_day"][-1] == AS_OF
    is_open = {row["measure"]: row["count"] for row in manifest["loop"]}["clues_open"]
    assert together["open"][-1] == is_open


def test_places_and_records_are_told_in_files_manifest_and_words(scored):
    """Alarms of the months before the day, bunching on both sides; nobody is named."""
    frames, told = scored.frames, scored.manifest["areas"]
    months = frames["alarm_months"]
    assert (months["month"][0], months["month"][-1]) == ("2021-06", "2023-05"), "the last whole one"
    assert told["alarm"]["months"] == months.height == 24
    assert told["alarm"]["last_month"] == "2023-05"
    assert told["alarm"]["alarms"] == frames["alarms"]["is_alarm"].sum() == months["n_alarms"].sum()
    assert told["alarm"]["settings"]["false_alarms_a_year"] == 0.5
    assert frames["alarms"]["households"].min() >= 5
    last = frames["alarm_untold"].filter(month="2023-05")
    assert told["alarm"]["not_judged_last_month"] == last.height
    both = {row["side"]: row for row in frames["bunching"].iter_rows(named=True)}
    assert set(both) == {"below", "above"}
    assert {side: told["bunching"][side] for side in both} == {
        side: row["is_found"] for side, row in both.items()
    }
    assert set(frames["bunching"]["line"]) == {"monitoring_line"}
    used = told["bunching"]["incomes"]
    assert used["n_on_record"] > used["n_no_line"]
    names = ("alarms", "alarm_months", "alarm_untold", "alarm_reach", "bunching", "bunching_bins")
    assert all("household_id" not in frames[name].columns for name in names)
    said = "\n".join(print_rows(scored.manifest))
    assert "成规模预警 alarms for many at once: 2023-05" in said
    assert "收入记录聚集 incomes on record bunch at monitoring_line: 线下 below" in said


def test_settings_of_alarm_and_bunching_are_those_of_the_configuration(county, tmp_path):
    """A stricter promise and other cells; a survey has neither."""
    alarm, bunching = {"false_alarms_a_year": 0.1, "shown_months": 6}, {"least_households": 9}
    path = C.configuration(tmp_path, county.records, alarm=alarm, bunching=bunching)
    _, setting = read_project(load_project(path), silent)
    told = setting.basis.told(situation(setting, AS_OF), pl.DataFrame(schema=EVERYBODY))
    assert told.register.areas.alarm.report.settings.false_alarms_a_year == 0.1
    assert told.register.areas.alarm.report.months.height == 6
    assert setting.basis.bunching.least_households == 9


def test_the_manifest_says_what_the_outcome_is(scored):
    """Words of the basis, for whoever shows the results."""
    assert scored.manifest["outcome"]["kind"] == "event"
    assert "3个月" in scored.manifest["outcome"]["title_zh"]


def test_a_stored_model_keeps_its_part_of_the_catalogue(county, scored):
    """Scored again from the folder alone: the same bytes."""
    model = StoredModel.load(scored.model)
    assert model.catalogue_digest == catalogue_digest(COUNTY)
    content = json.loads((scored.model / "project.json").read_text(encoding="utf-8"))
    assert content["configuration"]["indicators"] == "county"
    assert content["source"] is None
    again = score(county, scored.model, "again")
    for name in (*ORDERED, "reasons", "not_scored", "rules"):
        one, other = (f / f"{name}.parquet" for f in (scored.folder, again.folder))
        assert one.read_bytes() == other.read_bytes(), name


def test_the_order_of_rows_has_no_effect(county, scored, tmp_path):
    """Tables whose rows stand otherwise give the same bytes."""
    shuffled = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=9)
        for name, frame in county.tables.items()
    }
    records = C.CT.write(tmp_path / "county", shuffled)
    other = score(SimpleNamespace(root=tmp_path, records=records), scored.model, "other")
    for name in ORDERED:
        assert (other.folder / f"{name}.parquet").read_bytes() == (
            scored.folder / f"{name}.parquet"
        ).read_bytes()


def test_a_plan_alone_is_that_of_the_scoring(county, scored, tmp_path):
    """With the settings as configured."""
    content = run_plan(
        scored.model,
        [county.records],
        tmp_path / "plan",
        as_of=AS_OF,
        standards=None,
        n_threads=1,
        step=silent,
        visits_per_team=None,
        audit_share=None,
        seed=None,
    )
    assert content["plan"] == scored.manifest["plan"]
    plan = pl.read_parquet(tmp_path / "plan/visit_plan.parquet")
    assert plan.equals(scored.frames["visit_plan"])


def test_nobody_on_record_is_said(county, scored, tmp_path):
    """A day before the county's first: which day, and the mend."""
    early = {
        **county.tables,
        "household_snapshot": county.tables["household_snapshot"].filter(
            pl.col("occurred_on") > date(2022, 1, 1)
        ),
    }
    records = C.CT.write(tmp_path / "county", early)
    with pytest.raises(AsOfError, match=r"No household is on record on 2021-12-31\. The first"):
        score(
            SimpleNamespace(root=tmp_path, records=records),
            scored.model,
            "none",
            as_of=date(2021, 12, 31),
        )


# One household, indicators, tuning


def test_findings_of_one_household(county, scored):
    """All of its answers on the day; a number that nobody has is refused."""
    told = scored.frames["findings"].row(0, named=True)
    found = run_findings(county.project, told["household_id"], as_of=AS_OF, step=silent)
    answered = {rule.name for rule in STANDARD_RULES if not rule.is_evidence}
    assert set(found["rule"]) >= answered
    row = found.filter(pl.col("rule") == told["rule"]).row(0, named=True)
    assert row == told
    with pytest.raises(SchemaError, match=r"Household 'nobody' is not on record on 2023-06-30"):
        run_findings(county.project, "nobody", as_of=AS_OF, step=silent)


def test_indicators_are_written_for_everybody_on_record(county, tmp_path):
    """Whoever exists, in the cohort or not."""
    path = tmp_path / "indicators.parquet"
    n_rows, n_columns = run_indicators(county.project, path, as_of=AS_OF, step=silent)
    frame = pl.read_parquet(path)
    assert (n_rows, n_columns) == (frame.height, frame.width - 1)
    assert n_rows == county.tables["household_snapshot"]["household_id"].n_unique()


def test_settings_can_be_tuned(county):
    """Forward validation on the county's columns."""
    (trial,) = run_tune(county.project, n_threads=1, step=silent)
    assert 0.4 < trial.auc <= 1


# What is refused


def test_files_cannot_be_read_without_a_source(county, scored, tmp_path):
    """A model trained on tables has no mapping for an office's file."""
    path = tmp_path / "file.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the folder above records/<table>\.parquet"):
        run_score(
            scored.model,
            [path],
            tmp_path / "out",
            as_of=AS_OF,
            standards=None,
            n_threads=1,
            step=silent,
        )


def test_a_model_of_a_register_is_not_used_on_a_panel(scored):
    """Its columns are others."""
    with pytest.raises(ModelError):
        StoredModel.load(scored.model).check_indicators([c.name for c in columns_of(SURVEY)])


def test_records_without_clues_are_refused(county, tmp_path):
    """What the cohort stands on must be kept; it may be empty."""
    fewer = {name: frame for name, frame in county.tables.items() if name != "clue"}
    records = C.CT.write(tmp_path / "county", fewer)
    _, setting = read_project(county.project, silent, [records])
    with pytest.raises(SchemaError, match=r"The records hold no table clue, and who is asked"):
        build_day(setting, AS_OF)
    assert setting.records.first_recorded_on() < AS_OF - timedelta(days=700)


# Cards and cause profiles of what was scored


def test_rules_stand_beside_reasons_in_a_file_of_their_own(scored):
    """Everybody there was scored, and every met rule with a cause of theirs is among them."""
    beside = scored.frames["beside_rules"]
    assert set(beside["household_id"]) <= set(scored.frames["scores"]["household_id"])
    assert set(beside["standing"]) <= {"agree", "rules_only", "model_only", "conflict"}
    assert beside.select("household_id", "cause").is_duplicated().sum() == 0


def test_contributions_came_the_fast_way(scored):
    """The batch takes the kernel, and the manifest says so."""
    assert scored.manifest["contributions"] == {"way": "fast", "fell_back_because": None}
    assert "LightGBM" not in "".join(print_rows(scored.manifest))
    slow = {"way": "lightgbm", "fell_back_because": "the model has linear leaves"}
    said = print_rows(scored.manifest | {"contributions": slow})
    assert [line for line in said if line.endswith("the model has linear leaves")]


def test_cards_and_profiles_are_drawn_from_result_files(scored, tmp_path):
    """A card and a profile in both languages, as PNG and SVG, the same bytes twice."""
    results = read_results(scored.folder)
    household = scored.frames["scores"].sort("risk")["household_id"][-1]
    for language, ending in (("zh", "png"), ("en", "svg")):
        card, profile = tmp_path / f"card.{ending}", tmp_path / f"profile.{ending}"
        draw_card(results, household, card, language=language)
        profile_picture(results, place=None, language=language, seed=1).save(profile)
        first = card.read_bytes(), profile.read_bytes()
        draw_card(read_results(scored.folder), household, card, language=language)
        profile_picture(results, place=None, language=language, seed=1).save(profile)
        assert (card.read_bytes(), profile.read_bytes()) == first
        assert min(len(content) for content in first) > 5_000


def test_causes_are_drawn_by_month_from_one_folder_a_day(scored, tmp_path):
    """Days in any order give one picture; a village that is not on every plan leaves a gap."""
    village = scored.frames["visit_plan"].filter(pl.col("slice") != "audit")["place"][0]
    earlier = copy_of(scored.folder, tmp_path / "earlier", as_of="2020-01-31")
    visits = pl.read_parquet(earlier / "visit_plan.parquet")
    visits.filter(pl.col("place") != village).write_parquet(earlier / "visit_plan.parquet")
    both = [read_results(scored.folder), read_results(earlier)]
    for language, place in (("zh", None), ("en", None), ("en", village)):
        path = tmp_path / ("months.png" if language == "zh" else "months.svg")
        months_picture(both, place=place, language=language, seed=1).save(path)
        first = path.read_bytes()
        months_picture(both[::-1], place=place, language=language, seed=1).save(path)
        assert path.read_bytes() == first
    assert [one.planned(village).is_empty() for one in both] == [False, True]
    assert both[1].profile(place=village, or_gap=True).is_too_small
    months_picture(both, language="en").save(tmp_path / "all.svg")
    assert (tmp_path / "all.svg").read_bytes() != path.read_bytes(), "of the village, not of all"
    with pytest.raises(SchemaError, match=f"Nobody of place '{village}' is on the visit plan"):
        months_picture(both[1:], place=village)
    with pytest.raises(SchemaError, match=f"Several folders are of the decision day {AS_OF}"):
        months_picture([both[0], both[0]])
    other = replace(both[1], manifest=json.loads(json.dumps(both[1].manifest)))
    other.manifest["configuration"]["name"] = "elsewhere"
    with pytest.raises(SchemaError, match=r"projects: their name is '.*' and 'elsewhere'"):
        months_picture([both[0], other])


def test_a_plan_without_anybody_has_no_profile(scored, tmp_path):
    """Where nobody is on the plan for a reason, that is said, and no empty picture is drawn."""
    folder = copy_of(scored.folder, tmp_path / "idle", as_of=scored.manifest["as_of"])
    visits = pl.read_parquet(folder / "visit_plan.parquet")
    visits.filter(pl.col("slice") == "audit").write_parquet(folder / "visit_plan.parquet")
    with pytest.raises(SchemaError, match="Nobody is on the visit plan for a reason"):
        read_results(folder).profile()
    for name in ("beside_rules", "cause_contributions"):
        (folder / f"{name}.parquet").unlink()
    household = scored.frames["scores"]["household_id"][0]
    with pytest.raises(SchemaError, match=r"beside_rules\.parquet is missing: an earlier version"):
        read_results(folder).card(household)
    with pytest.raises(SchemaError, match=r"cause_contributions\.parquet is missing"):
        read_results(folder).profile(or_gap=True)


def test_the_command_line_draws_what_was_asked_for(scored, tmp_path):
    """Household, place, seed and language are handed down: the same bytes as by hand."""
    results = read_results(scored.folder)
    earlier = copy_of(scored.folder, tmp_path / "earlier", as_of="2020-01-31")
    household = scored.frames["scores"].sort("risk")["household_id"][-1]
    village = scored.frames["visit_plan"].filter(pl.col("slice") != "audit")["place"].mode()[0]
    said, by_hand = tmp_path / "said.svg", tmp_path / "by_hand.svg"
    options = ("--output", said, "--language", "en")
    ran("card", scored.folder, "--household", household, *options)
    draw_card(results, household, by_hand, language="en")
    assert said.read_bytes() == by_hand.read_bytes()
    more = ("--place", village, "--seed", 5)
    ran("profile", scored.folder, *options, *more)
    profile_picture(results, place=village, language="en", seed=5).save(by_hand)
    assert said.read_bytes() == by_hand.read_bytes()
    told = ran("months", scored.folder, earlier, *options, *more)
    both = [results, read_results(earlier)]
    months_picture(both, place=village, language="en", seed=5).save(by_hand)
    assert said.read_bytes() == by_hand.read_bytes()
    assert "Days were scored" not in told
    manifest = json.loads((earlier / "manifest.json").read_text(encoding="utf-8"))
    text = json.dumps(manifest | {"model_version": "another"}, ensure_ascii=False)
    (earlier / "manifest.json").write_text(text, encoding="utf-8")
    told = ran("months", scored.folder, earlier, *options, *more)
    assert "Days were scored with 2 models" in told


def copy_of(folder, place, *, as_of):
    """A copy of results, said to be of another day."""
    shutil.copytree(folder, place)
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    text = json.dumps(manifest | {"as_of": as_of}, ensure_ascii=False)
    (place / "manifest.json").write_text(text, encoding="utf-8")
    return place


def test_what_cannot_be_drawn_is_refused_with_its_reason(scored, tmp_path):
    """Other folders, households, places, languages and endings: one line each, with the mend."""
    results, picture = read_results(scored.folder), tmp_path / "card.png"
    with pytest.raises(SchemaError, match="holds no results of a scoring: missing"):
        read_results(tmp_path)
    with pytest.raises(SchemaError, match="Household nobody has 0 scores"):
        draw_card(results, "nobody", picture, language="zh")
    with pytest.raises(SchemaError, match="Nobody of place 'nowhere' is on the visit plan"):
        profile_picture(results, place="nowhere", language="zh", seed=1).save(picture)
    household = scored.frames["scores"]["household_id"][0]
    with pytest.raises(SchemaError, match="must be 'zh' or 'en', got 'fr'"):
        draw_card(results, household, picture, language="fr")
    with pytest.raises(SchemaError, match=r"written as \.png or \.svg, not as 'card\.gif'"):
        draw_card(results, household, tmp_path / "card.gif", language="zh")
    assert not picture.exists()
