"""The income account by hand: windows, what counts when, what is known, and bounds."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import narwhals as nw
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fanpin_risk.dates import day_number
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.income_account import INCOME
from fanpin_risk.household.income_account_windows import first_of_month, windows_of
from fanpin_risk.household.income_account_workers import WORKERS
from fanpin_risk.household.placement import facts_of
from fanpin_risk.household.view import county_view
from fanpin_risk.records.timeline import known_as_of

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = SimpleNamespace(**runpy.run_path(str(REFERENCE / "small_county_records.py")))
AS_OF = date(2023, 6, 15)
"""The window of identification is June 2022 to May 2023, the one before June 2021 to May 2022."""
YEAR = (date(2022, 6, 1), date(2023, 5, 1))
CLOSED = (date(2021, 10, 1), date(2022, 9, 1))
CHOICES = AccountChoices(window_months=12, collection_first_month=10)
WHOLE = {"wage": 24_000_00, "business": 9_000_00, "business_cost": 4_000_00, "property": 500_00}


def choices(**given_choices):
    """The usual choices, some of them otherwise."""
    return AccountChoices(window_months=12, collection_first_month=10, **given_choices)


def account(amounts, period=YEAR, *, window="rolling", written=None, **more):
    """Items of a yearly account of household h."""
    day = written or min(AS_OF, MADE.add_months(period[1], 1))
    return [
        {
            "item": item,
            "amount_fen": amount,
            "period_from": period[0],
            "period_to": period[1],
            "window": window,
            "occurred_on": day,
            **more,
        }
        for item, amount in amounts.items()
    ]


def paid(item, amount, day, *, months=None, **more):
    """A single payment to household h."""
    first, last = months or (day.replace(day=1), day.replace(day=1))
    return {
        "item": item,
        "amount_fen": amount,
        "period_from": first,
        "period_to": last,
        "window": "payment",
        "paid_on": day,
        "occurred_on": min(day, AS_OF),
        **more,
    }


def worked(month, wage, person="p", **more):
    """A month of work of a member."""
    return {
        "person_id": person,
        "work_month": month,
        "wage_fen": wage,
        "occurred_on": month,
        **more,
    }


def member(person, *, day=date(2020, 1, 1), membership="present", **more):
    """A member's snapshot."""
    return {"person_id": person, "occurred_on": day, "membership": membership, **more}


def view(as_of=AS_OF, *, members=None, snapshots=(), kept=("income_item", "work_month"), **tables):
    """A county of the one household h, with members p and q unless others are given."""
    rows = {
        "household_snapshot": [{"occurred_on": date(2020, 1, 1), "members": 2}, *snapshots],
        "member_snapshot": [member("p"), member("q")] if members is None else list(members),
        **{name: tables.get(name, []) for name in {*kept, *tables}},
    }
    own = {"household_id": "h"}
    place = {"place": "V", "region": "T", "context_place": "SIM", "members": 2}
    made = {
        name: [
            MADE.row(
                name, n, **{**own, **(place if name == "household_snapshot" else {}), **values}
            )
            for n, values in enumerate(given_rows)
        ]
        for name, given_rows in rows.items()
    }
    for found in made.get("member_snapshot", []):
        found["relation"] = found["relation"] or "other"
    known = known_as_of(MADE.records(made), as_of)
    return county_view(facts_of(known), nw.from_native(MADE.lines(), eager_only=True))


def income(items=(), *, as_of=AS_OF, counted=CHOICES, **more):
    """Income facts of household h."""
    county = view(as_of, income_item=list(items), **more)
    return INCOME.build(county, counted).to_native().row(0, named=True)


def of_workers(*months, counted=CHOICES, **more):
    """Work facts of the members, by number."""
    county = view(work_month=list(months), **more)
    found = WORKERS.build(county, counted).join(
        county.persons.select("person", "person_id"), on="person", how="left"
    )
    return {row.pop("person_id"): row for row in found.to_native().iter_rows(named=True)}


# windows


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        (date(2023, 6, 1), date(2022, 6, 1), date(2023, 5, 31)),
        (date(2023, 6, 30), date(2022, 6, 1), date(2023, 5, 31)),
        (date(2024, 3, 1), date(2023, 3, 1), date(2024, 2, 29)),
        (date(2024, 1, 31), date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_the_window_of_identification_ends_with_the_month_before(as_of, first, last):
    """Whatever the day of the month; the window before adjoins it."""
    now, before, _ = windows_of(as_of, CHOICES)
    assert first_of_month(now.first) == first
    assert (now.first_day, now.last_day) == (day_number(first), day_number(last))
    assert (before.last, before.months, now.months) == (now.first - 1, 12, 12)


@pytest.mark.parametrize(
    ("as_of", "closes", "last"),
    [
        (date(2023, 9, 29), True, date(2022, 9, 30)),
        (date(2023, 9, 30), False, date(2022, 9, 30)),
        (date(2023, 9, 30), True, date(2023, 9, 30)),
        (date(2023, 10, 1), False, date(2023, 9, 30)),
        (date(2024, 9, 29), False, date(2023, 9, 30)),
    ],
)
def test_the_year_of_collection_closes_with_its_last_day(as_of, closes, last):
    """On 30 September it is still open, unless a reading closes it."""
    year = windows_of(as_of, choices(collection_closes_on_its_last_day=closes))[2]
    assert (year.last_day, year.months) == (day_number(last), 12)
    assert first_of_month(year.first) == date(last.year - 1, 10, 1)


# whole accounts


def test_a_whole_account_is_exact():
    """24,000 wages, 9,000 less 4,000, 500 rent, 1,200 pension and 800 allowance: 31,500."""
    items = account(WHOLE | {"pension": 1_200_00}) + account({"dibao": 800_00}, is_help=True)
    found = income(items)
    assert found["income_12m_fen"] == 31_500_00
    assert (found["income_12m_lower_fen"], found["income_12m_upper_fen"]) == (31_500_00,) * 2
    assert found["business_12m_fen"] == 5_000_00
    assert (found["transfer_12m_fen"], found["help_12m_fen"]) == (2_000_00, 800_00)
    assert (found["earned_12m_fen"], found["earned_share_12m_e4"]) == (29_000_00, 9_206)
    assert found["asset_dividend_12m_fen"] == 0
    assert found["income_12m_day"] == day_number(date(2023, 5, 31))
    assert found["income_before_fen"] is None
    assert found["is_income_before_lower_known"] is False


def test_a_loss_is_set_off_and_shown_as_nought_beside_it():
    """Costs of 12,000 against 9,000: the rest less 3,000, or the rest."""
    found = income(account(WHOLE | {"business_cost": 12_000_00}))
    assert found["income_12m_fen"] == 21_500_00
    assert found["income_without_loss_12m_lower_fen"] == 24_500_00
    assert found["income_without_loss_12m_upper_fen"] == 24_500_00
    assert found["income_without_loss_12m_fen"] == 24_500_00
    even = income(account(WHOLE | {"business_cost": 9_000_00}))
    assert (even["income_12m_fen"], even["income_without_loss_12m_fen"]) == (24_500_00, None)


def test_dividends_of_project_assets_are_apart():
    """Neither property nor a transfer, and part of income."""
    found = income(account(WHOLE | {"asset_dividend": 700_00}))
    assert (found["asset_dividend_12m_fen"], found["property_12m_fen"]) == (700_00, 500_00)
    assert (found["transfer_12m_fen"], found["income_12m_fen"]) == (0, 30_200_00)


@pytest.mark.parametrize(
    ("missing", "lower", "upper"),
    [
        ("wage", 5_500_00, None),
        ("business", 20_500_00, None),
        ("property", 29_000_00, None),
        ("business_cost", None, 33_500_00),
    ],
)
def test_without_a_part_income_is_bounded_on_one_side(missing, lower, upper):
    """A part cannot be negative; costs that are not known can be any."""
    found = income(account({k: v for k, v in WHOLE.items() if k != missing} | {"transfer": 0}))
    assert (found["income_12m_lower_fen"], found["income_12m_upper_fen"]) == (lower, upper)
    assert found["is_income_12m_lower_known"] is (lower is not None)
    assert found["is_income_12m_upper_known"] is (upper is not None)
    assert found["income_12m_fen"] is None


def test_transfers_not_named_are_none_only_in_a_whole_account():
    """A cell that is empty for wages leaves the list of transfers open too."""
    assert income(account(WHOLE))["transfer_12m_fen"] == 0
    partly = account({k: v for k, v in WHOLE.items() if k != "property"})
    assert income(partly)["transfer_12m_fen"] is None
    assert income(partly)["is_transfer_12m_known"] is False
    in_one_sum = income([*partly, *account({"transfer": 60_00})])
    assert (in_one_sum["transfer_12m_fen"], in_one_sum["is_transfer_12m_known"]) == (60_00, True)


def test_nothing_on_record_is_nothing_known():
    """No item, or no table of items: flags say so, and amounts are null."""
    for found in (income(), income(kept=())):
        assert [found[f"is_income_12m_{side}_known"] for side in ("lower", "upper")] == [False] * 2
        assert found["income_without_loss_12m_lower_fen"] == 0
        assert {found[name] for name in found if name.endswith("_12m_fen")} - {0} == {None}


# accounts that meet


def test_an_account_that_straddles_the_window_counts_by_its_months():
    """Of 1,203 fen over twelve months, June to September are four: 400; the rest is the last's."""
    found = income(account({"property": 12_03}, CLOSED, window="collection_year"))
    # 100 fen a month, and 3 more in September
    assert found["property_12m_fen"] == 4_03
    assert found["is_property_12m_known"] is False
    assert found["income_annual_day"] == day_number(date(2022, 9, 30))
    assert found["property_annual_fen"] == 12_03
    earlier = (date(2021, 8, 1), date(2022, 7, 1))
    assert income(account({"property": 12_03}, earlier))["property_12m_fen"] == 2_03
    later = (date(2022, 8, 1), date(2023, 7, 1))
    assert income(account({"property": 12_03}, later, written=AS_OF))["property_12m_fen"] == 10_00


def test_two_years_tell_a_window_between_them():
    """Every month is told by one account, so the whole is known."""
    items = account(dict.fromkeys(WHOLE, 12_00), CLOSED, window="collection_year")
    year_before = (date(2020, 10, 1), date(2021, 9, 1))
    items += account(dict.fromkeys(WHOLE, 24_00), year_before, window="collection_year")
    found = income(items)
    assert found["income_before_fen"] == 2 * (4 * 2_00 + 8 * 1_00)
    assert found["income_annual_fen"] == 24_00
    assert found["income_12m_fen"] is None


def test_the_account_of_exactly_the_window_goes_before_a_later_one():
    """A year of collection written later does not take four of its months."""
    items = account(WHOLE, written=date(2023, 6, 1))
    items += account(dict.fromkeys(WHOLE, 1), CLOSED, window="collection_year", written=AS_OF)
    assert income(items)["income_12m_fen"] == 29_500_00


def test_the_account_of_exactly_the_window_goes_before_one_of_its_own_clock():
    """In October the year of collection is the window of identification."""
    october, year = date(2023, 10, 15), (date(2022, 10, 1), date(2023, 9, 1))
    items = account(WHOLE, year, window="collection_year", written=date(2023, 10, 2))
    items += account(dict.fromkeys(WHOLE, 1), written=date(2023, 10, 3))
    assert income(items, as_of=october)["income_12m_fen"] == 29_500_00


def test_of_two_clocks_the_window_s_own_goes_first():
    """For the closed year the account of collection, else the other; even if written earlier."""
    both = {"rolling": 12_00, "collection_year": 24_00}
    for window, period, name in (("rolling", YEAR, "12m"), ("collection_year", CLOSED, "annual")):
        items = [
            item
            for clock, amount in both.items()
            for item in account(
                {"property": amount},
                period,
                window=clock,
                written=date(2023, 6, 1 if clock == window else 2),
            )
        ]
        assert income(items)[f"property_{name}_fen"] == both[window]


def test_an_account_written_twice_counts_as_it_was_written_last():
    """What the later one does not name is not on record."""
    items = account(WHOLE, written=date(2023, 6, 1))
    items += account({"wage": 1_00}, written=date(2023, 6, 2))
    found = income(items)
    assert (found["wage_12m_fen"], found["property_12m_fen"]) == (1_00, None)


def test_a_period_the_wrong_way_round_is_no_account():
    """Nothing is told by it."""
    assert income(account(WHOLE, (YEAR[1], YEAR[0])))["wage_12m_fen"] is None


# single payments


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2022, 5, 31), False),
        (date(2022, 6, 1), True),
        (date(2023, 5, 31), True),
        (date(2023, 6, 1), False),
    ],
)
def test_transfers_count_on_the_day_of_payment(day, counts):
    """Whatever month they are for; first and last day of the window are in it."""
    months = (date(2022, 12, 1), date(2022, 12, 1))
    found = income([paid("pension", 90_00, day, months=months)])
    assert found["transfer_12m_fen"] == (90_00 if counts else None)
    assert found["is_transfer_12m_known"] is False


def test_a_transfer_without_a_day_of_payment_counts_in_its_last_month():
    """Nothing better is known."""
    row = paid("pension", 90_00, date(2023, 6, 2), months=(date(2023, 4, 1), date(2023, 5, 1)))
    assert income([row | {"paid_on": None}])["transfer_12m_fen"] == 90_00


def test_work_and_business_count_in_the_months_they_cover():
    """100.01 yuan for April to June: 33.33 a month, and what does not divide is June's."""
    row = paid("wage", 100_01, date(2023, 6, 10), months=(date(2023, 4, 1), date(2023, 6, 1)))
    assert income([row])["wage_12m_fen"] == 66_66
    assert income([row], counted=choices(places_work_by_payment=True))["wage_12m_fen"] is None
    early = paid("business", 100_01, date(2022, 6, 3), months=(date(2022, 4, 1), date(2022, 6, 1)))
    assert income([early])["business_receipts_12m_fen"] == 33_35
    by_payment = income([early], counted=choices(places_work_by_payment=True))
    assert by_payment["business_receipts_12m_fen"] == 100_01


def test_single_payments_do_not_count_again_where_an_account_tells_the_part():
    """A whole account knows the pension paid; one that only names wages does not."""
    pension = paid("pension", 90_00, date(2023, 1, 5))
    assert income([*account(WHOLE), pension])["transfer_12m_fen"] == 0
    found = income([*account({"wage": 5_00}), pension, paid("wage", 7_00, date(2023, 1, 5))])
    assert (found["transfer_12m_fen"], found["wage_12m_fen"]) == (90_00, 5_00)


def test_temporary_relief_counts_unless_the_rule_of_mark_d_is_named():
    """It is left out of the household's account and of its payments."""
    items = [*account(WHOLE | {"temporary_relief": 300_00})]
    assert income(items)["income_12m_fen"] == 29_800_00
    assert income(items, counted=choices(leaves_out_relief=True))["income_12m_fen"] == 29_500_00
    single = [paid("temporary_relief", 300_00, date(2023, 1, 5))]
    assert income(single, counted=choices(leaves_out_relief=True))["transfer_12m_fen"] is None


def test_claims_are_no_income_unless_a_reading_says_so():
    """Then they are transfers; and not known where claims are not kept."""
    claim = {"insurance": "crop", "paid_fen": 400_00, "occurred_on": date(2022, 9, 1)}
    counted = choices(counts_claims=True)
    assert income(account(WHOLE), insurance_claim=[claim])["income_12m_fen"] == 29_500_00
    found = income(account(WHOLE), insurance_claim=[claim], counted=counted)
    assert (found["transfer_12m_fen"], found["income_12m_fen"]) == (400_00, 29_900_00)
    not_kept = income(account(WHOLE), counted=counted)
    assert (not_kept["income_12m_fen"], not_kept["income_12m_lower_fen"]) == (None, 29_500_00)


def test_dividends_in_the_asset_books_count_once():
    """Where a payment item of the month is one, the books do not count again; help they are."""
    book = {"asset": "A", "amount_fen": 80_00, "occurred_on": date(2022, 12, 20)}
    found = income(asset_dividend=[book])
    assert (found["asset_dividend_12m_fen"], found["help_12m_fen"]) == (80_00, 80_00)
    both = income([paid("asset_dividend", 81_00, date(2022, 12, 3))], asset_dividend=[book])
    assert both["asset_dividend_12m_fen"] == 81_00
    told = income(account(WHOLE), asset_dividend=[book])
    assert (told["asset_dividend_12m_fen"], told["income_12m_fen"]) == (0, 29_500_00)


# months worked


def test_months_worked_count_where_no_item_says_what_was_earned():
    """An item of that person and month, or of the household, or an account, goes before."""
    months = [worked(date(2023, 4, 1), 3_000_00), worked(date(2023, 4, 1), 2_000_00, "q")]
    assert income(work_month=months)["wage_12m_fen"] == 5_000_00
    own = paid("wage", 2_900_00, date(2023, 4, 20), person_id="p")
    assert income([own], work_month=months)["wage_12m_fen"] == 4_900_00
    household = paid("wage", 4_000_00, date(2023, 4, 20))
    assert income([household], work_month=months)["wage_12m_fen"] == 4_000_00
    assert income(account(WHOLE), work_month=months)["wage_12m_fen"] == 24_000_00
    other_month = paid("wage", 1_00, date(2023, 3, 20))
    assert income([other_month], work_month=months)["wage_12m_fen"] == 5_001_00


def test_months_worked_never_make_wages_whole():
    """What nobody wrote down may be missing."""
    months = [worked(MADE.add_months(YEAR[0], n), 1_00) for n in range(12)]
    found = income(work_month=months)
    assert (found["wage_12m_fen"], found["is_wage_12m_known"]) == (12_00, False)


# members


def test_income_of_who_has_left_or_died_counts():
    """Wages until then, and a pension paid to them; as shown, and unless a reading says no."""
    members = [
        member("p"),
        member("q", membership="present"),
        member("q", day=date(2023, 2, 10), membership="left"),
    ]
    items = [
        paid("pension", 90_00, date(2023, 1, 5), person_id="q"),
        paid("dibao", 5_00, date(2023, 1, 5)),
    ]
    months = [worked(date(2023, 1, 1), 3_000_00, "q"), worked(date(2023, 3, 1), 9_00, "q")]
    found = income(items, members=members, work_month=months)
    assert (found["wage_12m_fen"], found["transfer_12m_fen"]) == (3_000_00, 95_00)
    assert found["income_of_gone_12m_fen"] == 3_090_00
    without = income(
        items, members=members, work_month=months, counted=choices(counts_income_of_gone=False)
    )
    assert (without["wage_12m_fen"], without["transfer_12m_fen"]) == (None, 5_00)
    assert without["income_of_gone_12m_fen"] == 0


def test_wages_of_a_member_who_is_away_lie_between_what_is_told_and_all_wages():
    """At least by person, at most all; nothing where nobody is away, not known where one is not."""
    away = [member("p"), member("q", membership="away")]
    months = [worked(date(2023, 4, 1), 2_000_00, "q"), worked(date(2023, 4, 1), 1_00)]
    found = income(members=away, work_month=months)
    assert found["heads_without_away"] == 1
    assert found["wage_of_away_12m_least_fen"] == 2_000_00
    assert found["wage_of_away_12m_most_fen"] == 2_001_00
    home = income(work_month=months)
    assert (home["heads_without_away"], home["wage_of_away_12m_most_fen"]) == (2, 0)
    open_ = income(members=[member("p"), member("q", membership=None)], work_month=months)
    assert (open_["heads_without_away"], open_["wage_of_away_12m_most_fen"]) == (None, None)
    everybody = income(members=[member("q", membership="away")], work_month=months)
    assert everybody["heads_without_away"] is None


def test_an_account_below_what_is_told_by_person_caps_it():
    """All wages of the account are 1,500: of the member who is away no more than that."""
    away = [member("p"), member("q", membership="away")]
    months = [worked(date(2023, 4, 1), 2_000_00, "q")]
    found = income(account(WHOLE | {"wage": 1_500_00}), members=away, work_month=months)
    assert found["wage_of_away_12m_least_fen"] == 1_500_00


# the register


def test_the_register_s_figure_is_the_newest_that_was_written():
    """A later snapshot without one does not hide it."""
    rows = [
        {"occurred_on": date(2022, 1, 1), "net_income_per_head_fen": 5_000_00},
        {"occurred_on": date(2022, 10, 28), "net_income_per_head_fen": 9_000_00},
        {"occurred_on": date(2023, 1, 1), "net_income_per_head_fen": None},
    ]
    found = income(snapshots=rows)
    assert found["register_income_per_head_fen"] == 9_000_00
    assert found["register_income_day"] == day_number(date(2022, 10, 28))
    assert income()["register_income_per_head_fen"] is None


@pytest.mark.parametrize(
    ("newest", "before", "expected"),
    [
        (date(2022, 6, 1), date(2021, 6, 1), 7_000_00),
        (date(2022, 6, 1), date(2021, 5, 31), None),
        (date(2022, 5, 31), date(2021, 10, 1), None),
        (date(2023, 6, 15), date(2023, 6, 14), 7_000_00),
    ],
)
def test_the_register_s_figure_before_is_of_a_window_that_adjoins(newest, before, expected):
    """The newest since the window began, the other since the window before began; ends included."""
    rows = [
        {"occurred_on": before, "net_income_per_head_fen": 7_000_00},
        {"occurred_on": newest, "net_income_per_head_fen": 5_000_00},
    ]
    found = income(snapshots=rows)
    assert found["register_income_per_head_fen"] == 5_000_00
    assert found["register_income_before_per_head_fen"] == expected
    day = None if expected is None else day_number(before)
    assert found["register_income_before_day"] == day


def test_two_figures_of_one_day_are_not_one_before_the_other():
    """The larger counts, and there is none before."""
    rows = [{"occurred_on": date(2023, 1, 1), "net_income_per_head_fen": n} for n in (5_00, 9_00)]
    found = income(snapshots=rows)
    assert found["register_income_per_head_fen"] == 9_00
    assert found["register_income_before_per_head_fen"] is None


# bounds


@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(
    amounts=st.lists(st.integers(0, 50_000_00), min_size=5, max_size=5),
    kept=st.sets(st.sampled_from(("wage", "business", "business_cost", "property", "transfer"))),
)
def test_the_bounds_hold_whatever_is_missing(amounts, kept):
    """Income of the whole account lies between the bounds of what is left of it."""
    items = dict(
        zip(("wage", "business", "business_cost", "property", "transfer"), amounts, strict=True)
    )
    whole = income(account(items))
    part = income(account({k: v for k, v in items.items() if k in kept}))
    for kind in ("income", "income_without_loss"):
        exact = whole[f"{kind}_12m_lower_fen"]
        assert exact == whole[f"{kind}_12m_upper_fen"]
        lower, upper = (part[f"{kind}_12m_{side}_fen"] for side in ("lower", "upper"))
        assert lower is None or lower <= exact
        assert upper is None or exact <= upper


# work of members


def test_work_in_the_window_and_its_place():
    """The latest place that is named; near work without one is at the household's own place."""
    months = [
        worked(date(2023, 2, 1), 3_000_00, work_place="230102"),
        worked(date(2023, 5, 1), 3_100_00),
        worked(date(2022, 5, 1), 9_00, "q", work_place="230103"),
    ]
    found = of_workers(*months)
    assert found["p"] | {"person": 0} == {
        "person": 0,
        "works_in_window": True,
        "latest_work_place": "230102",
        "latest_work_day": day_number(date(2023, 5, 31)),
        "wage_earned_fen": 6_100_00,
        "is_able_on_dibao": None,
    }
    assert (found["q"]["works_in_window"], found["q"]["latest_work_place"]) == (False, None)
    near = of_workers(worked(date(2023, 2, 1), None, work_place_kind="township"))["p"]
    assert (near["latest_work_place"], near["wage_earned_fen"]) == ("SIM", None)
    far = of_workers(worked(date(2023, 2, 1), 1, work_place_kind="outside"))["p"]
    assert far["latest_work_place"] is None


def test_no_month_of_work_is_no_work_where_months_are_kept_since_the_window_began():
    """June 2022 is its first month; July is too late; no table says nothing."""
    for month, expected in ((date(2022, 6, 1), False), (date(2022, 7, 1), None)):
        assert of_workers(worked(month, 1))["q"]["works_in_window"] is expected
    county = view(kept=())
    assert WORKERS.build(county, CHOICES)["works_in_window"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("dibao", "labour", "expected"),
    [
        ("rural", "ordinary", True),
        ("urban", "weak", True),
        ("rural", "lost", False),
        ("rural", "none", False),
        ("none", "skilled", False),
        ("none", None, False),
        ("rural", None, None),
        (None, "ordinary", None),
        (None, "none", False),
    ],
)
def test_able_members_on_the_living_allowance(dibao, labour, expected):
    """Half labour is able; one no is enough."""
    found = of_workers(members=[member("p", dibao=dibao, labour_skill=labour)])
    assert found["p"]["is_able_on_dibao"] is expected
