"""Windows by hand: which day is inside, what absence means, since when a table counts as kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

AS_OF = date(2023, 6, 30)
EARLY = date(2020, 1, 15)
"""A day so long ago that every window is covered by a table with a row on it."""


def bill(day, own_fen=0, **more):
    """A bill of household h1."""
    kind = {"bill_kind": "outpatient", "person_id": "P", "total_fen": own_fen}
    return {"occurred_on": day, "own_fen": own_fen, **kind, **more}


# Which day is inside


@pytest.mark.parametrize(
    ("as_of", "day", "inside"),
    [
        (date(2023, 6, 30), date(2023, 6, 30), True),
        (date(2023, 6, 30), date(2023, 4, 1), True),
        (date(2023, 6, 30), date(2023, 3, 31), False),
        (date(2023, 6, 29), date(2023, 3, 30), True),
        (date(2023, 6, 29), date(2023, 3, 29), False),
        (date(2023, 5, 31), date(2023, 3, 1), True),
        (date(2023, 5, 31), date(2023, 2, 28), False),
        (date(2024, 5, 29), date(2024, 3, 1), True),
        (date(2024, 5, 29), date(2024, 2, 29), False),
    ],
)
def test_a_window_is_open_at_its_beginning_and_closed_at_its_end(by_hand, as_of, day, inside):
    """Three months by the calendar; the last day of a month goes to the last day of a month."""
    found = by_hand(as_of, {"medical_bill": [bill(EARLY), bill(day, 6_000)]})
    assert found["own_cost_to_line_sum_3m"] == (1.0 if inside else 0.0)


def test_a_day_that_leaves_the_window_enters_the_one_before_it(by_hand):
    """The change takes the span before off: nothing counts twice, nothing falls between."""
    edge = date(2022, 6, 30)
    for day, change in ((edge, -1.0), (edge + timedelta(days=1), 1.0)):
        found = by_hand(AS_OF, {"medical_bill": [bill(EARLY), bill(day, 6_000)]})
        assert found["own_cost_to_line_change_12m"] == change
    far = date(2021, 6, 30)
    for day, change in ((far, 0.0), (far + timedelta(days=1), -1.0)):
        found = by_hand(AS_OF, {"medical_bill": [bill(EARLY), bill(day, 6_000)]})
        assert found["own_cost_to_line_change_12m"] == change


def test_what_is_entered_ahead_has_not_happened(by_hand):
    """A bill dated tomorrow and recorded today is known, and counts nowhere."""
    ahead = bill(AS_OF + timedelta(days=1), 6_000, recorded_on=AS_OF, bill_kind="inpatient")
    found = by_hand(AS_OF, {"medical_bill": [bill(EARLY), ahead]})
    assert found["own_cost_to_line_sum_12m"] == 0.0
    assert found["days_from_admission_days_since"] is None


def test_money_is_relative_to_the_line_of_the_whole_household(by_hand):
    """90 yuan of own cost, three heads, a line of 60 yuan a head: half of the line."""
    found = by_hand(AS_OF, {"medical_bill": [bill(EARLY), bill(AS_OF, 9_000)]}, heads=3)
    assert found["own_cost_to_line_sum_12m"] == 0.5
    assert found["largest_bill_to_line_maximum_12m"] == 0.5


@pytest.mark.parametrize(
    ("month", "inside"), [("2023-06-01", True), ("2023-04-01", True), ("2023-03-01", True)]
)
def test_a_month_of_work_counts_by_its_last_day(by_hand, month, inside):
    """Of a window that begins within a month, the whole of that month counts."""
    work = {"person_id": "P", "wage_fen": 0, "occurred_on": EARLY, "work_month": EARLY}
    day = date.fromisoformat(month)
    later = work | {"wage_fen": 6_000, "work_month": day, "occurred_on": day}
    found = by_hand(date(2023, 9, 29), {"work_month": [work, later]})
    assert found["wage_to_line_sum_6m"] == (1.0 if inside else 0.0)


def test_the_month_that_is_not_over_does_not_count(by_hand):
    """A month of work ends on its last day: asked the day before, it has not been worked."""
    work = {"person_id": "P", "wage_fen": 0, "occurred_on": EARLY, "work_month": EARLY}
    june = work | {"wage_fen": 6_000, "work_month": date(2023, 6, 1)}
    june |= {"occurred_on": date(2023, 6, 1), "recorded_on": date(2023, 6, 20)}
    for as_of, expected in ((date(2023, 6, 29), 0.0), (date(2023, 6, 30), 1.0)):
        found = by_hand(as_of, {"work_month": [work, june]})
        assert found["wage_to_line_sum_6m"] == expected
        assert found["days_from_wage_days_since"] == (None if expected == 0 else 0.0)


def payment(day, **more):
    """A payment of 60 yuan to household h1, of public help."""
    first = day.replace(day=1)
    plain = {"occurred_on": day, "amount_fen": 6_000, "period_from": first, "period_to": first}
    return plain | {"item": "dibao", "is_help": True, "paid_on": day} | more


def test_a_payment_counts_by_the_day_paid_and_a_business_by_its_months(by_hand):
    """Help covering June paid on 2 July is of July; receipts of June booked in July are of June."""
    july = date(2023, 7, 2)
    june = {"period_from": date(2023, 6, 1), "period_to": date(2023, 6, 1), "occurred_on": july}
    kept = [payment(EARLY), payment(EARLY, item="business", is_help=False)]
    help_, sale = payment(july, **june), payment(july, **june, item="business", is_help=False)
    found = by_hand(date(2024, 6, 30), {"income_item": [*kept, help_, sale]})
    assert (found["help_to_line_sum_12m"], found["produce_to_line_sum_12m"]) == (1.0, 0.0)
    found = by_hand(date(2024, 6, 29), {"income_item": [*kept, help_, sale]})
    assert (found["help_to_line_sum_12m"], found["produce_to_line_sum_12m"]) == (1.0, 1.0)


def test_a_loss_in_business_is_set_against_its_receipts(by_hand):
    """Receipts of 60 yuan and costs of 90: half a line lost."""
    day = date(2023, 3, 31)
    rows = [
        payment(EARLY, item="business", is_help=False),
        payment(day, item="business", is_help=False),
        payment(day, item="business_cost", is_help=False, amount_fen=9_000),
    ]
    assert by_hand(AS_OF, {"income_item": rows})["produce_to_line_sum_12m"] == -0.5


# What absence means


def test_no_bill_is_none_and_no_months_of_work_are_not_known(by_hand):
    """Another household's rows show that both tables are kept."""
    other = {"household_id": "h2", "occurred_on": EARLY}
    rows = {
        "medical_bill": [bill(EARLY) | other],
        "work_month": [other | {"person_id": "P", "work_month": EARLY, "wage_fen": 1}],
        "schooling": [other | {"person_id": "P", "cost_fen": 1}],
        "loan": [other | {"loan_kind": "farm", "balance_fen": 1}],
    }
    found = by_hand(AS_OF, rows)
    assert found["own_cost_to_line_sum_12m"] == 0.0
    assert found["bills_count_12m"] == 0.0
    assert found["had_injury_bill_ever_12m"] == 0.0
    assert found["debt_to_line_latest"] == 0.0
    assert found["wage_to_line_sum_12m"] is None
    assert found["school_cost_to_line_latest"] is None
    assert found["paid_by_insurance_share_12m"] is None


def test_a_table_that_nobody_keeps_is_not_known(by_hand):
    """Nobody sends bills, shocks or loans: no 0 stands for them."""
    found = by_hand(AS_OF, {})
    for name in (
        *("own_cost_to_line_sum_12m", "bills_count_12m", "shocks_count_12m", "debt_to_line_latest"),
        *("times_looked_at_count_24m", "place_in_need_12m_latest", "hit_by_disaster_ever_12m"),
    ):
        assert found[name] is None


def test_work_that_stopped_is_no_work_once_it_was_on_record(by_hand):
    """The household's own first month says since when its work is on record."""
    work = {"person_id": "P", "wage_fen": 6_000}
    for first, sum_12m, sum_6m in (
        (date(2022, 7, 1), 1.0, 0.0),
        (date(2022, 9, 1), None, 0.0),
        (date(2023, 1, 1), None, 1.0),
        (date(2023, 3, 1), None, None),
    ):
        row = work | {"work_month": first, "occurred_on": first}
        found = by_hand(AS_OF, {"work_month": [row]})
        assert (found["wage_to_line_sum_12m"], found["wage_to_line_sum_6m"]) == (sum_12m, sum_6m)


@pytest.mark.parametrize(
    ("first", "is_known"), [(date(2022, 7, 31), True), (date(2022, 8, 1), False)]
)
def test_a_table_that_began_within_the_window_does_not_cover_it(by_hand, first, is_known):
    """A month of grace: the first bill of a year is seldom of its first day."""
    found = by_hand(AS_OF, {"medical_bill": [bill(first, 6_000)]})
    assert found["own_cost_to_line_sum_12m"] == (1.0 if is_known else None)
    assert found["own_cost_to_line_sum_3m"] == 0.0
    assert found["own_cost_to_line_change_12m"] is None


def test_a_yes_needs_no_complete_record(by_hand):
    """An injury two months ago is a yes, although bills are kept for half a year only."""
    injury = {"illness_class": "injury"}
    rows = [bill(date(2023, 1, 5), 1), bill(date(2023, 5, 1), 1, **injury)]
    found = by_hand(AS_OF, {"medical_bill": rows})
    assert found["had_injury_bill_ever_12m"] == 1.0
    assert found["had_serious_illness_bill_ever_12m"] is None


def test_a_record_that_does_not_answer_is_no_zero(by_hand):
    """Whether the only bill was outside the county is not known; how much it cost is."""
    rows = [bill(EARLY), bill(AS_OF, 6_000, compliant_own_fen=None)]
    found = by_hand(AS_OF, {"medical_bill": rows})
    assert found["own_cost_to_line_sum_12m"] == 1.0
    assert found["compliant_own_cost_to_line_sum_12m"] is None
    assert found["treated_outside_county_count_12m"] is None


def test_a_share_is_a_sum_over_a_sum(by_hand):
    """Insurance paid 30 of 60 and 30 of 120 yuan: a third, not the mean of the shares."""
    rows = [
        bill(AS_OF, 3_000, total_fen=6_000, basic_paid_fen=3_000),
        bill(AS_OF, 9_000, total_fen=12_000, basic_paid_fen=2_000, aid_paid_fen=1_000),
    ]
    found = by_hand(AS_OF, {"medical_bill": rows})
    assert found["paid_by_insurance_share_12m"] == 6_000 / 18_000


def test_a_mean_is_of_what_is_known(by_hand):
    """Two months of 60 and 120 yuan and one unknown: one and a half lines a month."""
    months = [(date(2022, 7, 1), 6_000), (date(2023, 5, 1), 12_000), (date(2023, 4, 1), None)]
    rows = [
        {"person_id": "P", "work_month": m, "occurred_on": m, "wage_fen": fen} for m, fen in months
    ]
    found = by_hand(AS_OF, {"work_month": rows}, heads=2)
    assert found["wage_of_month_to_line_mean_12m"] == 1.5
    assert found["months_worked_count_12m"] == 3.0


def test_without_a_line_nothing_is_relative_to_it(by_hand):
    """The place of reference has no line on the day: amounts are unknown, counts stay."""
    rows = {"medical_bill": [bill(EARLY), bill(AS_OF, 6_000)]}
    found = by_hand(AS_OF, rows, line_fen=None)
    assert found["own_cost_to_line_sum_12m"] is None
    assert found["bills_count_12m"] == 1.0
