"""What the offices of the small county write down month by month: bills, cover, school and work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from fanpin_risk.simulate.small_county_exports import lacks_cover, safety_net
from fanpin_risk.simulate.small_county_households import COUNTY, Calendar
from fanpin_risk.simulate.small_county_people import (
    Draws,
    Person,
    export_day,
    export_year,
    month_end,
)
from fanpin_risk.simulate.small_county_rows import Row, Rows, Value, day_in
from fanpin_risk.simulate.small_county_work import Home, next_month

DAYS_TO_PAYMENT_KNOWN = 20
DAYS_TO_DIVIDEND_KNOWN = 30
DAYS_TO_PRICE_KNOWN = 15
"""Lags that the source files declare for ledgers without a date of entry."""

_SHARE_CORRECTED = 0.01
_SHARE_WITHDRAWN = 0.003
_SERIOUS_LAYER_FROM_FEN = 15_000_00
_PREMIUMS_FEN = {2020: 280_00, 2021: 320_00, 2022: 350_00, 2023: 380_00}
_LAST_PREMIUM_FEN = 400_00
_SCHOOL_COSTS_FEN = (
    (("kindergarten",), 4_000_00),
    (("primary", "grade_"), 900_00),
    (("senior", "vocational"), 4_500_00),
    (("higher", "bachelor"), 12_000_00),
)


def add_bills(rows: Rows, draws: Draws, home: Home, months: list[date]) -> None:
    """Add medical bills; a few are corrected or withdrawn some months later."""
    for person in home.household.people:
        for n, month in enumerate(months):
            kind = _bill_kind(draws, person, n)
            if kind is not None:
                _add_bill(rows, draws, home, person, month, kind)


def _bill_kind(draws: Draws, person: Person, n: int) -> str | None:
    """Kind of bill in the nth month; the ill have one every second or third month for sure."""
    if person.is_seriously_ill and n % 2 == 0:
        return draws.pick(("inpatient", "outpatient_special"))
    if person.is_chronically_ill and n % 3 == 0:
        return "outpatient_special"
    if not draws.chance(0.042):
        return None
    return draws.pick(("inpatient", "inpatient", "outpatient", "outpatient", "pharmacy"))


def _add_bill(rows: Rows, draws: Draws, home: Home, person: Person, month: date, kind: str) -> None:
    """Add one bill, known about three weeks later."""
    occurred_on = month + timedelta(days=draws.whole(0, 27))
    recorded_on = occurred_on + timedelta(days=draws.whole(12, 32))
    middle = {"inpatient": 5_200_00, "outpatient_special": 900_00}.get(kind, 180_00)
    total_fen = draws.around(middle, 0.8)
    has_aid = safety_net(home.household, occurred_on) is not None
    number = f"JS{len(rows.tables.get('medical_bill', [])):08d}"
    values: dict[str, Value] = {
        "household_id": home.household.household_id,
        "person": person.identity,
        "bill_number": number,
        "bill_kind": kind,
        "illness_class": _illness_class(person, kind),
        "is_outside_county": draws.chance(0.15),
        **_layers(total_fen, has_aid=has_aid),
    }
    row = rows.add("medical_bill", "medical_insurance", occurred_on, recorded_on, values)
    later_on = recorded_on + timedelta(days=draws.whole(30, 120))
    if draws.chance(_SHARE_CORRECTED):
        changes = _layers(total_fen * draws.whole(70, 95) // 100, has_aid=has_aid)
        rows.add_version("medical_bill", row, later_on, changes)
    elif draws.chance(_SHARE_WITHDRAWN):
        rows.add_version("medical_bill", row, later_on, {"is_withdrawn": True})


def _illness_class(person: Person, kind: str) -> str:
    """Class of illness that fits the person and the kind of bill."""
    if person.is_seriously_ill and kind in ("inpatient", "outpatient_special"):
        return "serious"
    return "chronic" if kind == "outpatient_special" else "ordinary"


def _layers(total_fen: int, *, has_aid: bool) -> dict[str, Value]:
    """What the three layers pay of a bill, and what is left."""
    basic_fen = total_fen * 60 // 100
    serious_fen = max(0, total_fen - basic_fen - _SERIOUS_LAYER_FROM_FEN) * 60 // 100
    aid_fen = (total_fen - basic_fen - serious_fen) * 70 // 100 if has_aid else 0
    own_fen = total_fen - basic_fen - serious_fen - aid_fen
    return {
        "total_fen": total_fen,
        "basic_paid_fen": basic_fen,
        "serious_paid_fen": serious_fen,
        "aid_paid_fen": aid_fen,
        "compliant_own_fen": own_fen * 85 // 100,
        "own_fen": own_fen,
    }


def add_cover(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add insurance cover by calendar year, the year of the first day included."""
    for year in range(calendar.first_day.year, calendar.last_day.year + 1):
        starts_on = date(year, 1, 1)
        for person in home.household.people:
            recorded_on = starts_on + timedelta(days=draws.whole(15, 50))
            age = person.state(starts_on).age
            is_paying = person.has_pension_cover and 18 <= age < 60
            is_poor = safety_net(home.household, starts_on) is not None
            premium_fen = _PREMIUMS_FEN.get(year, _LAST_PREMIUM_FEN)
            values: dict[str, Value] = {
                "household_id": home.household.household_id,
                "person": person.identity,
                "insurance": "basic_medical",
                "is_covered": not lacks_cover(home, person, year),
                "valid_from": starts_on,
                "valid_to": date(year, 12, 31),
                "premium_fen": premium_fen,
                "premium_aid_fen": premium_fen if is_poor else 0,
            }
            rows.add("insurance", "medical_insurance_cover", starts_on, recorded_on, values)
            if is_paying:
                pension: Row = {"insurance": "pension", "is_covered": True, "premium_fen": 200_00}
                values = values | pension | {"premium_aid_fen": 0}
                rows.add("insurance", "medical_insurance_cover", starts_on, recorded_on, values)


def add_schooling(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add a record for each term and pupil, known about two months later."""
    for starts_on, year in _terms(calendar):
        for person in home.household.people:
            state = person.years[year].school_state
            if state is None or state == "preschool_age":
                continue
            stages = [cost for names, cost in _SCHOOL_COSTS_FEN if state.startswith(names)]
            has_aid = safety_net(home.household, starts_on) is not None or draws.chance(0.1)
            values: dict[str, Value] = {
                "household_id": home.household.household_id,
                "person": person.identity,
                "school_state": state,
                "is_in_school": True,
                "is_unable_to_study": False,
                "is_boarding": person.years[year].age >= 12 and draws.chance(0.6),
                "cost_fen": stages[0],
                "aid_fen": 1_500_00 if has_aid else 0,
            }
            recorded_on = starts_on + timedelta(days=draws.whole(45, 75))
            rows.add("schooling", "education", starts_on, recorded_on, values)


def _terms(calendar: Calendar) -> Iterator[tuple[date, int]]:
    """First days of the terms covered, with the year of the export whose states hold."""
    for year in range(calendar.first_day.year, calendar.last_day.year + 1):
        for starts_on, state_year in ((date(year, 3, 1), year - 1), (date(year, 9, 1), year)):
            if calendar.first_day <= starts_on <= calendar.last_day:
                yield starts_on, state_year


def add_work(rows: Rows, home: Home, months: set[date]) -> None:
    """Add months of work: those of posts from human resources, the others from the export."""
    for m in home.work:
        if m.month not in months:
            continue
        job, later = m.job, next_month(m.month)
        is_post = job.public_post is not None
        values: dict[str, Value] = {
            "household_id": home.household.household_id,
            "person": m.person.identity,
            "work_month": m.month,
            "work_place": None if is_post else job.work_place,
            "work_place_kind": job.work_place_kind,
            "wage_fen": m.wage_fen,
            "employer_kind": job.employer_kind,
            "job_channel": job.job_channel,
            "is_point_to_point": None if is_post else job.job_channel == "organised",
            "transport_aid_fen": None if is_post else 0,
            "public_post": job.public_post,
            "spell_started_on": m.started_on,
            "spell_ends_on": m.ends_on,
        }
        source = "human_resources" if is_post else "national_work_month"
        recorded_on = later.replace(day=15 if is_post else 20)
        rows.add("work_month", source, m.month, recorded_on, values)


def add_payments(rows: Rows, draws: Draws, home: Home, months: list[date]) -> None:
    """Add monthly allowances, and a single relief for those whom something hit."""
    head = home.household.people[0].identity
    nets = {
        year: safety_net(home.household, export_day(year))
        for year in {export_year(m) for m in months}
    }
    for month in months:
        net = nets[export_year(month)]
        if net is not None:
            amount_fen = 600_00 if net == "tekun" else 300_00 * len(home.household.people)
            _add_payment(rows, home, net, month.replace(day=10), amount_fen, f"{month:%Y%m}01")
    case = home.case
    if case is not None and case.monitored_type == "sudden":
        paid_on = case.listed_on + timedelta(days=draws.whole(5, 20))
        _add_payment(rows, home, "temporary_relief", paid_on, 2_000_00, f"LS{head[6:14]}")


RELIEF_WORDS = {"dibao": "农村低保", "tekun": "农村特困", "temporary_relief": "临时救助"}
"""The civil affairs office's own words for its payments."""


def _add_payment(
    rows: Rows, home: Home, item: str, paid_on: date, amount_fen: int, number: str
) -> None:
    """Add one payment to the head, known after the lag that the source file declares."""
    values: dict[str, Value] = {
        "household_id": home.household.household_id,
        "person": home.household.people[0].identity,
        "item": item,
        "amount_fen": amount_fen,
        "period_from": paid_on.replace(day=1),
        "period_to": paid_on.replace(day=1),
        "window": "payment",
        "is_help": True,
        "paid_on": paid_on,
        "detail": RELIEF_WORDS[item],
        "payment_number": number,
    }
    known_on = paid_on + timedelta(days=DAYS_TO_PAYMENT_KNOWN)
    rows.add("income_item", "civil_affairs", paid_on, known_on, values)


def add_dividends(rows: Rows, home: Home, calendar: Calendar) -> None:
    """Add the dividends of December, known after the lag that the source file declares."""
    for year, amount_fen in home.dividends_fen.items():
        paid_on = date(year, 12, 20)
        if calendar.first_day <= paid_on <= calendar.last_day:
            values: dict[str, Value] = {
                "household_id": home.household.household_id,
                "asset": "光伏电站",
                "amount_fen": amount_fen,
                "share_year": year,
            }
            known_on = paid_on + timedelta(days=DAYS_TO_DIVIDEND_KNOWN)
            rows.add("asset_dividend", "agriculture_dividends", paid_on, known_on, values)


def add_prices(rows: Rows, draws: Draws, villages: list[str], months: list[date]) -> None:
    """Add the county's prices by month, and now and then a disaster in a village."""
    prices = {"corn": 2_40, "soya": 5_60, "pig": 16_00, "cattle": 30_00}
    for month in months:
        found: list[dict[str, Value]] = []
        for product, price_fen in prices.items():
            price = price_fen * draws.whole(85, 115) // 100
            found.append({"place": COUNTY, "product": product, "price_fen_per_kg": price})
        for village in villages:
            if draws.chance(0.02):
                kind, percent = draws.pick(("flood", "drought", "weather")), draws.whole(5, 60)
                found.append({"place": village, "disaster_kind": kind, "affected_percent": percent})
        last_day = month_end(month)
        known_on = last_day + timedelta(days=DAYS_TO_PRICE_KNOWN)
        for values in found:
            values["month"] = month
            rows.add("place_month", "agriculture_prices", last_day, known_on, values)


def own_cost_fen(home: Home, bills: list[Row], day: date) -> int:
    """Compliant own cost that the register shows for the year up to a day of export.

    The register knows more than the offices' files of a county that has just begun to collect
    them: where those do not cover the year, a plain amount stands for each ill member.
    """
    last_year = export_day(day.year - 1)
    own = [
        row["compliant_own_fen"] for row in bills if last_year < day_in(row, "occurred_on") <= day
    ]
    told = sum(amount for amount in own if isinstance(amount, int))
    n_ill = sum(p.is_chronically_ill or p.is_seriously_ill for p in home.household.people)
    return told if told > 0 else n_ill * 800_00
