"""Three layers of insurance: against a slow second way, and what must hold of any bill."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulate.county.hand import parameters, settings_of

from fanpin_risk.records.contracts.codes import BILL_KINDS, ILLNESS_CLASSES
from fanpin_risk.simulate.county import illness as module
from fanpin_risk.simulate.county.cover import (
    BillKind,
    Bills,
    CoverSchedule,
    Status,
    schedule_at,
    settle_bills,
)
from fanpin_risk.simulate.county.illness import IllnessSettings

MAIN = settings_of("illness", IllnessSettings).cover_schedules[0]
DRIFT = settings_of("illness", IllnessSettings, world="drift").cover_schedules
HELP = 0.2

bills = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(list(BillKind)),
        "status": st.sampled_from(list(Status)),
        "total": st.integers(0, 40_000_000),
        "outside_catalogue": st.integers(0, 60),
        "is_outside": st.booleans(),
        "is_on_list": st.booleans(),
        "is_insured": st.booleans(),
        "has_health_help": st.booleans(),
        "year_compliant": st.integers(0, 10_000_000),
        "year_aid": st.integers(0, 9_000_000),
    }
)
schedules = st.sampled_from([MAIN, DRIFT[1]])


def settled(schedule, rows):
    """Settle bills given as rows."""
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    share = table.pop("outside_catalogue")
    table["compliant"] = table["total"] - table["total"] * share // 100
    return settle_bills(schedule, Bills(**table, help_share=HELP))


def rounded(share, amount):
    """Share of fen as the county rounds it: the float product, half to even."""
    return int(np.rint(float(share) * amount))


def slowly(schedule, bill):
    """The same in words, one bill at a time, on whole numbers."""
    status = bill["status"]
    compliant = bill["total"] - bill["total"] * bill["outside_catalogue"] // 100
    basic = serious = aid = 0
    if bill["is_insured"]:
        share = {
            BillKind.INPATIENT: schedule.basic_inpatient,
            BillKind.OUTPATIENT: schedule.basic_outpatient,
            BillKind.OUTPATIENT_SPECIAL: schedule.basic_special,
            BillKind.PHARMACY: (0, 0, 0, 0),
        }[bill["kind"]][status]
        if bill["is_on_list"] and bill["kind"] != BillKind.PHARMACY:
            share = schedule.basic_treatment_list[status]
        if bill["is_outside"]:
            share = max(share - schedule.basic_outside_less, 0)
        counted = compliant
        if bill["kind"] == BillKind.INPATIENT and not bill["is_on_list"]:
            counted = max(counted - round(schedule.basic_deductible_yuan[status] * 100), 0)
        basic = rounded(share, counted)
    left = compliant - basic
    before, after = bill["year_compliant"], bill["year_compliant"] + left
    if bill["is_insured"]:
        limit = round(schedule.serious_from_yuan[status] * 100)
        serious = rounded(schedule.serious_share[status], max(after, limit) - max(before, limit))
        rest = left - serious
        share, begins = schedule.aid_share[status], schedule.aid_from_yuan[status]
        most = schedule.aid_most_yuan[status]
        if bill["is_on_list"] and schedule.aid_treatment_list > share:
            share = schedule.aid_treatment_list
            begins = min(begins, schedule.aid_treatment_list_from_yuan)
            most = max(schedule.aid_most_yuan)
        if bill["has_health_help"]:
            share, most = min(share + HELP, 1), max(schedule.aid_most_yuan)
        begins, most = round(begins * 100), round(most * 100)
        counted = min(rest, max(after, begins) - max(before, begins))
        aid = min(rounded(share, counted), max(most - bill["year_aid"], 0))
    own = bill["total"] - basic - serious - aid
    return basic, serious, aid, left - serious - aid, own, left


@given(schedules, st.lists(bills, min_size=1, max_size=8))
def test_the_layers_pay_what_the_slow_way_says(schedule, rows):
    """Every amount of every bill, to the fen."""
    paid = settled(schedule, rows)
    found = list(
        zip(
            *(
                getattr(paid, name).tolist()
                for name in ("basic", "serious", "aid", "compliant_own", "own", "after_basic")
            ),
            strict=True,
        )
    )
    assert found == [slowly(schedule, row) for row in rows]


@given(schedules, bills)
def test_a_bill_is_paid_once_and_whole(schedule, bill):
    """Nobody pays a negative amount, the parts are the whole, aid keeps to its limit."""
    paid = settled(schedule, [bill])
    parts = [getattr(paid, name)[0] for name in ("basic", "serious", "aid", "own")]
    assert min(parts) >= 0
    assert sum(parts) == bill["total"]
    assert 0 <= paid.compliant_own[0] <= paid.own[0]
    if not bill["is_insured"]:
        assert parts[:3] == [0, 0, 0]
    most = max(schedule.aid_most_yuan) * 100
    assert paid.aid[0] <= max(most - bill["year_aid"], 0)


def plain(total, **changes):
    """A stay of an insured ordinary person early in the year."""
    return {
        "kind": BillKind.INPATIENT,
        "status": Status.ORDINARY,
        "total": total,
        "outside_catalogue": 0,
        "is_outside": False,
        "is_on_list": False,
        "is_insured": True,
        "has_health_help": False,
        "year_compliant": 0,
        "year_aid": 0,
    } | changes


def test_a_stay_by_hand():
    """100,000 yuan, nine tenths in the catalogue, of somebody ordinary and of somebody on dibao."""
    rows = [
        plain(10_000_000, outside_catalogue=10),
        plain(10_000_000, outside_catalogue=10, status=Status.DIBAO),
    ]
    paid = settled(MAIN, rows)
    # ordinary: 0.64 * (90,000 - 400); then 0.60 of what is above 12,000; no aid
    assert paid.basic.tolist()[0] == 5_734_400
    assert paid.serious.tolist()[0] == 1_239_360  # 0.6 * (32,656 - 12,000)
    assert paid.aid.tolist()[0] == 0
    assert paid.compliant_own.tolist()[0] == 2_026_240
    assert paid.own.tolist()[0] == 3_026_240
    # dibao: 0.72 * (90,000 - 150); 0.70 of what is above 6,000; 0.70 of all that is left
    assert paid.basic.tolist()[1] == 6_469_200
    assert paid.serious.tolist()[1] == 1_351_560  # 0.7 * (25,308 - 6,000)
    assert paid.aid.tolist()[1] == 825_468  # 0.7 * (25,308 - 13,515.6)
    assert paid.own.tolist()[1] == 353_772 + 1_000_000


def test_a_graver_illness_can_cost_its_bearer_less():
    """Own cost is not monotone: an illness on the treatment list, twice as dear, costs less."""
    paid = settled(MAIN, [plain(4_000_000), plain(8_000_000, is_on_list=True)])
    assert paid.own[1] < paid.own[0]


def test_a_year_in_two_bills_is_a_year_in_one():
    """Serious-illness insurance goes by the sum of the year, not by the bill."""
    special = {"kind": BillKind.OUTPATIENT_SPECIAL}
    whole = settled(MAIN, [plain(8_000_000, **special)])
    first = settled(MAIN, [plain(5_000_000, **special)])
    second = settled(MAIN, [plain(3_000_000, year_compliant=int(first.after_basic[0]), **special)])
    assert first.serious[0] > 0
    assert first.own[0] + second.own[0] == whole.own[0]


def test_a_health_measure_lowers_own_cost_and_never_raises_it():
    """For every status, far enough above where aid begins."""
    for status in Status:
        rows = [plain(9_000_000, status=status, has_health_help=has) for has in (False, True)]
        without, with_help = settled(MAIN, rows).own
        assert with_help <= without
        assert (with_help < without) == (status != Status.TEKUN)


def test_the_schedule_in_force_is_the_last_that_began():
    """The world drift changes in month 40."""
    assert [s.from_month for s in DRIFT] == [-1200, 40]
    assert schedule_at(DRIFT, 39) is DRIFT[0]
    assert schedule_at(DRIFT, 40) is DRIFT[1]
    assert DRIFT[0] == MAIN
    later, before = (settled(s, [plain(3_000_000)]).own[0] for s in DRIFT[::-1])
    assert later > before
    with pytest.raises(ValueError, match="no insurance schedule is in force in month -2000"):
        schedule_at(DRIFT, -2000)


def test_schedules_out_of_order_are_refused():
    """With the months in which they begin."""
    values = parameters(world="drift").theme("illness", IllnessSettings).model_dump()
    values["cover_schedules"] = values["cover_schedules"][::-1]
    with pytest.raises(ValueError, match=r"begin in months \[40, -1200\]; list them in order"):
        IllnessSettings.model_validate(values)
    values["cover_schedules"] = values["cover_schedules"][:1]
    values["serious_rate"] = (0.1,)
    with pytest.raises(ValueError, match="serious_rate has 1 entries, age_from has 4"):
        IllnessSettings.model_validate(values)


def test_shares_are_shares():
    """No layer can pay more than all."""
    values = MAIN.model_dump() | {"basic_inpatient": (0.5, 0.5, 0.5, 1.1)}
    with pytest.raises(ValueError, match="less than or equal to 1"):
        CoverSchedule.model_validate(values)


def test_kinds_are_in_the_order_of_the_contracts():
    """Bills and classes of illness are told by their place in the lists."""
    assert list(BILL_KINDS.words) == [kind.name.lower() for kind in BillKind]
    classes = list(ILLNESS_CLASSES.words)
    assert classes[module._ORDINARY] == "ordinary"
    assert classes[module._CHRONIC] == "chronic"
    assert classes[module._SERIOUS] == "serious"
    assert classes[module._ON_LIST] == "treatment_list"
