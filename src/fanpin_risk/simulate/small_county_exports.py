"""What the national exports of the small county show: households, members, villages, income."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fanpin_risk.simulate.small_county_households import COUNTY, Household
from fanpin_risk.simulate.small_county_people import Draws, Person
from fanpin_risk.simulate.small_county_rows import Row, Rows, Value
from fanpin_risk.simulate.small_county_work import Home

DAYS_TO_RECEIPT = 15
"""Days from a national export's day to the day the county has the file."""

_ENOUGH_FEN_PER_HEAD = 9_500_00
"""Households that are not on the list are kept above this, by support of relatives."""


def collection_year(day: date) -> tuple[date, date]:
    """First and last month of the collection year that has closed by a day of export.

    Examples
    --------
    >>> collection_year(date(2022, 10, 1))
    (datetime.date(2021, 10, 1), datetime.date(2022, 9, 1))
    """
    return date(day.year - 1, 10, 1), date(day.year, 9, 1)


def safety_net(household: Household, day: date) -> str | None:
    """Allowance that a household without any labour has: tekun if alone, dibao otherwise."""
    if not household.has_no_labour(day):
        return None
    return "tekun" if len(household.people) == 1 else "dibao"


def is_open(home: Home, cause: str, day: date) -> bool:
    """Whether a household is listed for a cause that has not been mended by a day."""
    case = home.case
    return case is not None and cause in case.causes and case.is_open_on(day)


def lacks_cover(home: Home, person: Person, year: int) -> bool:
    """Whether a person has no medical insurance in a year: only where illness was a cause."""
    case = home.case
    return case is not None and case.uninsured is person and year == case.listed_on.year + 1


def add_exports(rows: Rows, homes: Sequence[Home], day: date, own_cost_fen: Sequence[int]) -> None:
    """Add what one national export shows; own cost is given for each home."""
    received_on = day + timedelta(days=DAYS_TO_RECEIPT)
    for home, cost_fen in zip(homes, own_cost_fen, strict=True):
        household_id = home.household.household_id
        income = incomes_fen(home, day)
        snapshot = _household(home, day, net_income_fen(income), cost_fen)
        snapshot["household_id"] = household_id
        rows.add("household_snapshot", "national_household", day, received_on, snapshot)
        first, last = collection_year(day)
        for item, amount_fen in income.items():
            values: Row = {
                "household_id": household_id,
                "item": item,
                "amount_fen": amount_fen,
                "period_from": first,
                "period_to": last,
                "window": "collection_year",
                "is_help": item in ("dibao", "tekun", "disability_benefit", "ecological")
                or item in ("farm_subsidy", "asset_dividend"),
            }
            rows.add("income_item", "national_household", day, received_on, values)
        for person in home.household.people:
            member = _member(home, person, day)
            member["household_id"] = household_id
            rows.add("member_snapshot", "national_member", day, received_on, member)


def incomes_fen(home: Home, day: date) -> dict[str, int]:
    """Income of the collection year by item; an item of transfers that nobody gets is left out."""
    household = home.household
    can_farm = not household.has_no_labour(day)
    harvest = household.farmland_mu_x100 * 900 if can_farm else 0
    found = {
        "wage": home.wages_fen(*collection_year(day)),
        "business": harvest,
        "business_cost": harvest * 45 // 100,
        "property": 0 if can_farm else household.farmland_mu_x100 * 300,
    }
    n_old = sum(p.state(day).age >= 60 for p in household.people)
    n_severe = sum(
        p.state(day).is_disabled and p.disability_level in (1, 2) for p in household.people
    )
    net = safety_net(household, day)
    transfers = {
        "pension": n_old * 12 * 130_00,
        "dibao": len(household.people) * 12 * 300_00 if net == "dibao" else 0,
        "tekun": 12 * 600_00 if net == "tekun" else 0,
        "disability_benefit": n_severe * 12 * 100_00,
        "ecological": household.forest_mu_x100 * 15,
        "farm_subsidy": household.farmland_mu_x100 * 70,
        "asset_dividend": home.dividends_fen.get(day.year - 1, 0),
    }
    found |= {item: amount for item, amount in transfers.items() if amount > 0}
    if not (home.case is not None and home.case.is_open_on(day)):
        missing = _ENOUGH_FEN_PER_HEAD * len(household.people) - net_income_fen(found)
        found |= {"family_support": missing} if missing > 0 else {}
    return found


def net_income_fen(income: dict[str, int]) -> int:
    """Net income of the household: all items, less the costs of the business."""
    return sum(income.values()) - 2 * income["business_cost"]


def _household(home: Home, day: date, net_fen: int, own_cost_fen: int) -> dict[str, Value]:
    """Return the household as the export shows it."""
    household, case = home.household, home.case
    is_listed = case is not None and case.is_listed_on(day)
    return {
        "place": household.village.code,
        "region": household.village.township,
        "context_place": COUNTY,
        "members": len(household.people),
        "household_type": household.household_type,
        "monitored_type": case.monitored_type if case is not None and is_listed else None,
        "is_risk_eliminated": case.is_eliminated_on(day)
        if case is not None and is_listed
        else None,
        "net_income_per_head_fen": net_fen // len(household.people),
        "compliant_own_cost_fen": own_cost_fen,
        "is_dilapidated_home": is_open(home, "unsafe_housing", day),
        "home_area_m2_x100": household.home_area_m2_x100,
        "has_safe_water": not is_open(home, "unsafe_water", day),
        "has_sanitary_toilet": household.has_sanitary_toilet,
        "has_hard_access_road": True,
        "road_distance_m": household.road_distance_m,
        "has_power": True,
        "farmland_mu_x100": household.farmland_mu_x100,
        "forest_mu_x100": household.forest_mu_x100,
        "returned_forest_mu_x100": 0,
        "orchard_mu_x100": 0,
        "pasture_mu_x100": 0,
        "pond_mu_x100": 0,
        "is_in_cooperative": household.is_in_cooperative,
        "has_leading_firm": False,
        "is_relocated": household.is_relocated,
        "has_dropout": False,
        "has_uninsured_member": any(lacks_cover(home, p, day.year) for p in household.people),
        "is_no_labour_household": household.has_no_labour(day),
    }


def _member(home: Home, person: Person, day: date) -> dict[str, Value]:
    """Return a member as the export shows it."""
    state = person.state(day)
    net = safety_net(home.household, day)
    has_cover = not lacks_cover(home, person, day.year)
    is_ill = person.is_chronically_ill or person.is_seriously_ill
    return {
        "person": person.identity,
        "relation": person.relation,
        "sex": person.sex,
        "born_on": person.born_on,
        "ethnicity": person.ethnicity,
        "is_id_checksum_valid": True,
        "has_disability_card": state.is_disabled,
        "education": state.education,
        "school_state": state.school_state,
        "is_healthy": not (is_ill or state.is_disabled),
        "is_chronically_ill": person.is_chronically_ill,
        "is_seriously_ill": person.is_seriously_ill,
        "is_disabled": state.is_disabled,
        "disability_kind": person.disability_kind if state.is_disabled else None,
        "disability_level": person.disability_level if state.is_disabled else None,
        "labour_skill": state.labour_skill,
        **_work(home, person, day),
        "has_basic_medical": has_cover,
        "has_employee_medical": False,
        "has_serious_illness_insurance": has_cover,
        "has_commercial_medical": False,
        "has_resident_pension": person.has_pension_cover and state.can_work,
        "has_employee_pension": False,
        "dibao": "rural" if net == "dibao" else "none",
        "tekun": "rural" if net == "tekun" else "none",
        "has_medical_aid": is_ill and (net is not None or is_open(home, "illness", day)),
        "has_accident_insurance_aid": False,
    }


def _work(home: Home, person: Person, day: date) -> dict[str, Value]:
    """Work of a member this year; no months where there was none."""
    months = home.months_of(person, day.year, day)
    if not months or not person.state(day).can_work:
        return {"work_months": 0, "public_post_months": 0}
    job, n_months = months[-1].job, len(months)
    return {
        "work_place_kind": job.work_place_kind,
        "work_months": n_months,
        "job_channel": job.job_channel,
        "public_post": job.public_post,
        "public_post_months": n_months if job.public_post else 0,
    }


def add_villages(rows: Rows, draws: Draws, homes: Sequence[Home], day: date) -> None:
    """Add the villages as one export shows them, with the sums of their households."""
    by_village: dict[str, list[Home]] = {}
    for home in homes:
        by_village.setdefault(home.household.village.code, []).append(home)
    for code, inside in by_village.items():
        village = inside[0].household.village
        nets = [safety_net(home.household, day) for home in inside]
        people = [person for home in inside for person in home.household.people]
        values: Row = {
            "place": code,
            "name": village.name,
            "township": village.township,
            "households": len(inside),
            "people": len(people),
            "dibao_households": nets.count("dibao"),
            "dibao_people": sum(
                len(home.household.people)
                for home, net in zip(inside, nets, strict=True)
                if net == "dibao"
            ),
            "tekun_people": nets.count("tekun"),
            "disabled_people": sum(person.state(day).is_disabled for person in people),
            "dilapidated_homes": sum(is_open(home, "unsafe_housing", day) for home in inside),
            "without_safe_water": sum(is_open(home, "unsafe_water", day) for home in inside),
            "farmland_mu_x100": sum(home.household.farmland_mu_x100 for home in inside),
            "collective_income_fen": draws.whole(5, 60) * 10_000_00,
            "has_clinic": True,
            "doctors": draws.whole(1, 3),
            "has_paved_road": True,
            "has_bus": draws.chance(0.8),
        }
        received_on = day + timedelta(days=DAYS_TO_RECEIPT)
        rows.add("village", "national_village", day, received_on, values)
