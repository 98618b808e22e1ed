"""The small county is clean: its records fit their contracts, each other, and practice's checks."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from fanpin_risk.records.contracts import DTYPES, TABLES
from fanpin_risk.simulate.small_county import small_county
from fanpin_risk.simulate.small_county_people import check_letter

FIRST_DAY = date(2021, 4, 1)
WANTED = {
    *("household_snapshot", "member_snapshot", "work_month", "schooling", "income_item"),
    *("medical_bill", "insurance", "housing_check", "water_check", "shock", "support_measure"),
    *("clue", "verification", "listing", "exit", "visit", "village", "place_month"),
    *("asset_dividend", "insurance_claim"),
}
KINDS = {
    "text": str,
    "code": str,
    "flag": bool,
    "count": int,
    "quantity": int,
    "amount": int,
    "day": date,
    "month": date,
}
ABLE = ("ordinary", "skilled")


@pytest.fixture(scope="module")
def county():
    """A county of 1,500 households over three years."""
    return small_county(1_500, 36, seed=3, first_day=FIRST_DAY)


@pytest.fixture(scope="module")
def latest(county):
    """Rows of the last national export: households by number, and their members."""
    last = max(row["occurred_on"] for row in county.tables["household_snapshot"])
    households = {
        row["household_id"]: row
        for row in county.tables["household_snapshot"]
        if row["occurred_on"] == last
    }
    members = defaultdict(list)
    for row in county.tables["member_snapshot"]:
        if row["occurred_on"] == last:
            members[row["household_id"]].append(row)
    return last, households, members


def age(born_on, day):
    """Completed years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def test_all_tables_are_there(county):
    """Every table of a county's records that is asked for has rows."""
    assert set(county.tables) == WANTED
    assert all(county.tables.values())


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    """Rows follow from the seed alone."""
    one = small_county(60, 14, seed=5, first_day=FIRST_DAY)
    assert one == small_county(60, 14, seed=5, first_day=FIRST_DAY)
    assert one.tables != small_county(60, 14, seed=6, first_day=FIRST_DAY).tables


@pytest.mark.parametrize("table", sorted(WANTED))
def test_rows_fit_their_contract(county, table):
    """Every row has every column, in its type, range and code list; required ones are filled."""
    contract = TABLES[table]
    for row in county.tables[table]:
        assert row["occurred_on"] <= row["recorded_on"]
        assert ("household_id" in row) == (contract.key != "place")
        for column in contract.columns:
            value = row["person" if column.kind == "person" else column.name]
            if value is None:
                assert not column.is_required
            elif column.kind == "person":
                assert value in county.names
            else:
                assert type(value) is KINDS[column.kind]
                assert column.minimum is None or value >= column.minimum
                assert column.maximum is None or value <= column.maximum
                assert column.codes is None or value in column.codes.words
                assert column.kind != "month" or value.day == 1
    assert {column.kind for column in contract.columns} <= set(DTYPES)


@pytest.mark.parametrize("table", sorted(WANTED))
def test_what_identifies_a_record_is_unique(county, table):
    """No two records of a source agree in what tells records apart."""
    names = ["person" if n == "person_id" else n for n in TABLES[table].identifies]
    first = [row for row in county.tables[table] if row["version"] == 1]
    keys = [
        (row["source"], row.get("household_id"), row["occurred_on"], *(row[n] for n in names))
        for row in first
    ]
    assert len(keys) == len(set(keys)) == len({row["record_id"] for row in first})


def test_identity_numbers_are_synthetic_unique_and_valid(county):
    """Numbers carry an area that does not exist, day of birth, sex and the right last letter."""
    sexes, births = {}, {}
    for row in county.tables["member_snapshot"]:
        assert sexes.setdefault(row["person"], row["sex"]) == row["sex"]
        assert births.setdefault(row["person"], row["born_on"]) == row["born_on"]
    assert set(sexes) == set(county.names)
    for identity, sex in sexes.items():
        assert identity.startswith(f"230199{births[identity]:%Y%m%d}")
        assert (int(identity[16]) % 2 == 1) == (sex == "male")
        assert check_letter(identity[:17]) == identity[17]
    assert all(phone.startswith("120") and len(phone) == 11 for phone in county.phones.values())


def test_known_check_letter():
    """The standard's own example ends in X."""
    assert check_letter("11010519491231002") == "X"


def test_heads_and_spouses(county):
    """One head in each household and export, at most one spouse, of the other sex."""
    groups = defaultdict(list)
    for row in county.tables["member_snapshot"]:
        groups[row["household_id"], row["occurred_on"]].append(row)
    for group in groups.values():
        relations = Counter(row["relation"] for row in group)
        sexes = {row["relation"]: row["sex"] for row in group}
        assert relations["head"] == 1
        assert relations["spouse"] <= 1
        assert sexes.get("spouse") != sexes["head"]
    sizes = {
        (row["household_id"], row["occurred_on"]): row["members"]
        for row in county.tables["household_snapshot"]
    }
    assert {key: len(group) for key, group in groups.items()} == sizes


def test_age_school_and_labour_fit(county):
    """School or education, never both; pupils, children and the old do not work."""
    for row in county.tables["member_snapshot"]:
        years, labour = age(row["born_on"], row["occurred_on"]), row["labour_skill"]
        is_pupil = row["school_state"] is not None
        assert is_pupil != (row["education"] is not None)
        assert not is_pupil or years <= 21
        if years < 16 or is_pupil:
            assert labour == "none"
            assert row["work_months"] == row["public_post_months"] == 0
        elif years < 60 and row["is_healthy"]:
            assert labour in ABLE
        if years >= 70:
            assert row["public_post"] is None
        if 16 <= years <= 22:
            assert row["education"] != "primary"
        if row["disability_level"] in (1, 2):
            assert labour not in ABLE
        assert row["is_disabled"] == row["has_disability_card"]
        assert row["is_disabled"] == (row["disability_kind"] is not None)
        is_ill = row["is_chronically_ill"] or row["is_seriously_ill"]
        assert row["is_healthy"] == (not is_ill and not row["is_disabled"])
        is_sure = labour == "skilled" or row["education"] in ("college", "university")
        assert not is_sure or row["work_months"] > 0


def test_spells_of_work_do_not_overlap(county):
    """A person is in one spell at a time, and its months lie inside it."""
    spells = defaultdict(set)
    for row in county.tables["work_month"]:
        assert row["spell_started_on"] <= row["work_month"] <= row["spell_ends_on"]
        spells[row["person"]].add((row["spell_started_on"], row["spell_ends_on"]))
    for of_person in spells.values():
        ordered = sorted(of_person)
        assert all(a[1] < b[0] for a, b in pairwise(ordered))


def test_workers_are_of_age_and_not_at_school(county):
    """Nobody works in a month whose last export shows a child or a pupil."""
    pupils = {
        (row["person"], row["occurred_on"].year)
        for row in county.tables["member_snapshot"]
        if row["labour_skill"] == "none"
    }
    for row in county.tables["work_month"]:
        month = row["work_month"]
        year = month.year if month.month >= 9 else month.year - 1  # September: those grown up
        assert (row["person"], year) not in pupils


def test_causes_fit_the_facts(county, latest):
    """A listed cause rests on something recorded, at the last export too."""
    _, households, members = latest
    shocks = defaultdict(set)
    for row in county.tables["shock"]:
        shocks[row["household_id"]].add(row["shock_kind"])
    seen = Counter()
    for row in county.tables["listing"]:
        here = row["household_id"]
        if row["decision"] == "refused" or row["occurred_on"] > households[here]["occurred_on"]:
            continue
        causes = {row[f"cause_{n}"] for n in range(1, 6)} - {None}
        people, house = members[here], households[here]
        ill = [p["is_chronically_ill"] or p["is_seriously_ill"] for p in people]
        n_can_work = sum(p["labour_skill"] not in ("none", "lost") for p in people)
        facts = {
            "illness": any(ill) and house["compliant_own_cost_fen"] > 0,
            "disability": any(p["is_disabled"] for p in people),
            "disaster": "disaster" in shocks[here] and row["disaster_kind"] is not None,
            "accident": "accident" in shocks[here],
            "failed_business": bool(shocks[here] - {"accident", "disaster", "job_loss"}),
            "unstable_work": "job_loss" in shocks[here] and n_can_work > 0,
            "lack_of_labour": n_can_work * (2 if len(people) >= 4 else 4) <= len(people),
        }
        sudden = causes & {"disaster", "accident", "failed_business"}
        assert all(facts.get(cause, True) for cause in causes - sudden)
        assert not sudden or any(facts[cause] for cause in sudden)
        seen.update(causes)
        is_poor = house["household_type"] == "out_of_poverty"
        wanted = "sudden" if sudden else ("unstable" if is_poor else "marginal")
        assert row["monitored_type"] == house["monitored_type"] == wanted
    assert set(seen) >= {"illness", "disaster", "unsafe_housing", "unsafe_water", "unstable_work"}


def test_unsafe_home_water_and_cover_only_where_listed_for_it(county):
    """The register shows a gap only in households that are listed for its cause."""
    causes = {
        row["household_id"]: {row[f"cause_{n}"] for n in range(1, 6)}
        for row in county.tables["listing"]
        if row["decision"] == "listed"
    }
    gaps = (
        ("is_dilapidated_home", True, "unsafe_housing"),
        ("has_safe_water", False, "unsafe_water"),
        ("has_uninsured_member", True, "illness"),
    )
    found = Counter()
    for row in county.tables["household_snapshot"]:
        for name, value, cause in gaps:
            if row[name] is value:
                assert cause in causes[row["household_id"]]
                found[name] += 1
    assert len(found) == len(gaps)


def test_elimination_comes_late_and_to_those_who_can_work(county, latest):
    """More than six months after listing, home and water safe, and never without labour."""
    _, households, members = latest
    listed_on = {
        row["household_id"]: row["occurred_on"]
        for row in county.tables["listing"]
        if row["decision"] == "listed"
    }
    for row in county.tables["exit"]:
        here = row["household_id"]
        assert row["occurred_on"] - listed_on[here] > timedelta(days=184)
        assert row["has_safe_home_after"]
        assert row["has_safe_water_after"]
        assert row["net_income_per_head_after_fen"] > 0
        assert any(p["labour_skill"] in ABLE for p in members[here])
        if row["occurred_on"] <= households[here]["occurred_on"]:
            assert households[here]["is_risk_eliminated"]
    assert len(county.tables["exit"]) > 10


def test_the_ledger_of_a_case_is_in_order(county):
    """Clue, verification, listing and the first measure follow each other; help within a month."""
    clues = {row["record_id"]: row for row in county.tables["clue"]}
    starts = defaultdict(list)
    for row in county.tables["support_measure"]:
        starts[row["household_id"]].append(row["occurred_on"])
    verified = {}
    for row in county.tables["verification"]:
        assert clues[row["clue_record_id"]]["household_id"] == row["household_id"]
        assert clues[row["clue_record_id"]]["occurred_on"] < row["occurred_on"]
        verified[row["household_id"]] = row["occurred_on"]
    for row in county.tables["listing"]:
        assert verified[row["household_id"]] < row["occurred_on"]
        if row["decision"] == "listed":
            waited = [day - row["occurred_on"] for day in starts[row["household_id"]]]
            assert any(timedelta(0) <= days <= timedelta(days=30) for days in waited)
            assert row["noticed_to"] - row["noticed_from"] >= timedelta(days=5)


def test_income_adds_up(county):
    """Net income per head is the items less the costs, and those not listed are not poor."""
    items = defaultdict(int)
    for row in county.tables["income_item"]:
        if row["window"] == "collection_year":
            sign = -1 if row["item"] == "business_cost" else 1
            items[row["household_id"], row["occurred_on"]] += sign * row["amount_fen"]
            assert row["period_from"].replace(year=row["period_from"].year + 1) > row["period_to"]
    for row in county.tables["household_snapshot"]:
        net_fen = items[row["household_id"], row["occurred_on"]]
        assert row["net_income_per_head_fen"] == net_fen // row["members"]
        assert row["monitored_type"] is not None or row["net_income_per_head_fen"] >= 9_000_00


def test_wages_of_a_full_year_are_those_of_its_months(county):
    """The register's wages of October to September are the sum of the months of work."""
    wages = Counter()
    for row in county.tables["work_month"]:
        if date(2021, 10, 1) <= row["work_month"] <= date(2022, 9, 1):
            wages[row["household_id"]] += row["wage_fen"]
    told = {
        row["household_id"]: row["amount_fen"]
        for row in county.tables["income_item"]
        if row["item"] == "wage" and row["occurred_on"] == date(2022, 10, 1)
    }
    assert told == {household_id: wages[household_id] for household_id in told}
    assert sum(told.values()) > 0


def test_the_layers_of_a_bill_add_up(county):
    """Total = three layers + own cost, of which the compliant part is never more."""
    for row in county.tables["medical_bill"]:
        paid_fen = row["basic_paid_fen"] + row["serious_paid_fen"] + row["aid_paid_fen"]
        assert row["total_fen"] == paid_fen + row["own_fen"]
        assert 0 <= row["compliant_own_fen"] <= row["own_fen"]


def test_corrections_are_few_late_and_of_bills_alone(county):
    """About 1% of the bills get a second version one to four months later; a few are withdrawn."""
    first = {r["record_id"]: r for r in county.tables["medical_bill"] if r["version"] == 1}
    later = [row for row in county.tables["medical_bill"] if row["version"] == 2]
    assert len(first) + len(later) == len(county.tables["medical_bill"])
    for row in later:
        days = (row["recorded_on"] - first[row["record_id"]]["recorded_on"]).days
        assert 30 <= days <= 120
    n_withdrawn = sum(row["is_withdrawn"] for row in later)
    assert 0.005 < len(later) / len(first) < 0.025
    assert 0 < n_withdrawn < len(later) / 2
    assert len(county.newest("medical_bill")) == len(first) - n_withdrawn
    others = [rows for table, rows in county.tables.items() if table != "medical_bill"]
    assert all(row["version"] == 1 for rows in others for row in rows)


def test_offices_take_their_time(county):
    """Bills take about three weeks, school about two months, decisions a day or two."""
    delays = defaultdict(list)
    for table in ("medical_bill", "schooling", "listing"):
        for row in county.tables[table]:
            if row["version"] == 1:
                delays[table].append((row["recorded_on"] - row["occurred_on"]).days)
    means = {table: sum(days) / len(days) for table, days in delays.items()}
    assert 20 < means["medical_bill"] < 24
    assert 55 < means["schooling"] < 65
    assert means["listing"] < 2


def test_two_thousand_households_are_quick():
    """The example is small enough to be made anew in a notebook."""
    started = time.process_time()
    small_county(2_000, 24, seed=1, first_day=FIRST_DAY)
    assert time.process_time() - started < 10


def test_a_county_of_one_household_and_month():
    """The smallest county has an opening export and its month."""
    county = small_county(1, 1, seed=1, first_day=FIRST_DAY)
    assert county.last_day == date(2021, 4, 30)
    assert [r["occurred_on"] for r in county.tables["household_snapshot"]] == [date(2020, 10, 1)]


@pytest.mark.parametrize(
    ("n_households", "n_months", "first_day", "words"),
    [
        (0, 12, FIRST_DAY, r"n_households must be 1 or more\. Got 0\."),
        (5, 0, FIRST_DAY, r"n_months must be 1 or more\. Got 0\."),
        (5, 12, date(2021, 4, 2), r"first_day must be the first of a month\. Got 2021-04-02\."),
    ],
)
def test_what_cannot_be_made_is_refused(n_households, n_months, first_day, words):
    """A county needs a household, a month, and a month's first day."""
    with pytest.raises(ValueError, match=words):
        small_county(n_households, n_months, seed=1, first_day=first_day)
