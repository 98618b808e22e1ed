"""What the small county's register shows: shocks, checks, clues, decisions, measures, visits."""

from __future__ import annotations

from datetime import date, timedelta

from fanpin_risk.simulate.small_county_cases import Case, plain_day
from fanpin_risk.simulate.small_county_households import Calendar
from fanpin_risk.simulate.small_county_people import Draws, Person
from fanpin_risk.simulate.small_county_rows import Row, Rows
from fanpin_risk.simulate.small_county_work import Home, next_month

_DEPARTMENTS = {
    "illness": "医保",
    "disability": "残联",
    "schooling": "教育",
    "disaster": "应急",
    "accident": "公安",
    "failed_business": "农业农村",
    "unstable_work": "人社",
    "unsafe_housing": "住建",
    "unsafe_water": "水利",
}
_MEASURES = {
    "illness": ("health", "签约服务"),
    "disability": ("safety_net", "残疾人补贴"),
    "schooling": ("education", "雨露计划"),
    "disaster": ("social", "救灾物资"),
    "accident": ("social", "社会救助"),
    "failed_business": ("industry", "产业项目"),
    "unstable_work": ("employment", "劳务输出"),
    "lack_of_labour": ("safety_net", "低保"),
    "unsafe_housing": ("housing", "危房改造"),
    "unsafe_water": ("water", "饮水工程"),
}
_CHANNELS = ("department", "cadre", "cadre", "household", "one_key", "round")
_PRODUCTS = {"failed_crop": "corn", "failed_livestock": "pig", "price_fall": "vegetable"}
_DAYS_BEFORE_EXIT_MENDED = 10


def add_register(
    rows: Rows, draws: Draws, home: Home, calendar: Calendar, months: list[date]
) -> None:
    """Add everything that the register and the checks show of one household."""
    _add_checks(rows, draws, home, calendar)
    _add_certificates(rows, draws, home, calendar)
    _add_measures_without_case(rows, draws, home, calendar)
    if home.case is None:
        _add_small_shock(rows, draws, home, calendar)
        _add_vain_clue(rows, draws, home, calendar)
    else:
        _add_shocks(rows, draws, home, home.case)
        _add_decisions(rows, draws, home, home.case)
        _add_measures(rows, draws, home, home.case)
    _add_visits(rows, draws, home, months)


def _add(
    rows: Rows, home: Home, table: str, source: str, occurred_on: date, delay_days: int, values: Row
) -> Row:
    """Add a row of the household, known some days later."""
    known_on = occurred_on + timedelta(days=delay_days)
    with_household = values | {"household_id": home.household.household_id}
    return rows.add(table, source, occurred_on, known_on, with_household)


def _is_bad(home: Home, cause: str, day: date) -> bool:
    """Whether home or water is unsafe on a day: from when it began until shortly before exit."""
    case = home.case
    if case is None or cause not in case.causes or day < case.began_on:
        return False
    mended = timedelta(days=_DAYS_BEFORE_EXIT_MENDED)
    return case.exited_on is None or day < case.exited_on - mended


def _add_checks(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add checks of home and water: a first one, one in two years, and those of the case."""
    days = {calendar.first_day + timedelta(days=draws.whole(0, 180))}
    days.add(calendar.first_day + timedelta(days=draws.whole(600, 800)))
    case = home.case
    if case is not None:
        days.add(case.began_on)
        if case.exited_on is not None:
            days.add(case.exited_on - timedelta(days=_DAYS_BEFORE_EXIT_MENDED))
    for day in sorted(d for d in days if d <= calendar.last_day):
        is_bad_home = _is_bad(home, "unsafe_housing", day)
        housing: Row = {
            "grade": draws.pick(("c", "d")) if is_bad_home else home.household.home_grade,
            "is_only_home": True,
            "is_lived_in": True,
            "dwelling_rooms": home.household.rooms,
        }
        _add(rows, home, "housing_check", "housing", day, draws.whole(5, 20), housing)
        is_bad_water = _is_bad(home, "unsafe_water", day)
        water: Row = {
            "quality": "poor" if is_bad_water else "good",
            "outage_days": 35 if is_bad_water else draws.whole(0, 3),
            "trip_minutes": 40 if is_bad_water else 0,
            "litres_per_head_day": 15 if is_bad_water else draws.whole(60, 90),
            "supply_percent": 70 if is_bad_water else draws.whole(95, 100),
        }
        _add(rows, home, "water_check", "water", day, draws.whole(5, 20), water)


def _add_certificates(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add a clue for each new disability card, and the benefit of the severely disabled."""
    for person in home.household.people:
        day = person.certified_on
        if day is None or not calendar.first_day <= day <= calendar.last_day:
            continue
        delay = draws.whole(8, 20)
        clue: Row = {
            "person": person.identity,
            "channel": "department",
            "department": "残联",
            "cause": "disability",
        }
        _add(rows, home, "clue", "disabled_federation", day, delay, clue)
        if person.disability_level in (1, 2):
            benefit: Row = {
                "person": person.identity,
                "measure": "safety_net",
                "detail": "残疾人两项补贴",
                "amount_fen": 1_200_00,
            }
            _add(rows, home, "support_measure", "disabled_federation", day, delay, benefit)


def _add_shocks(rows: Rows, draws: Draws, home: Home, case: Case) -> None:
    """Add what hit the household of a case, and the claim paid for a failed crop or herd."""
    if case.job_loser is not None:
        known_on = next_month(case.began_on).replace(day=15)
        values: Row = {
            "household_id": home.household.household_id,
            "shock_kind": "job_loss",
            "person": case.job_loser.identity,
        }
        rows.add("shock", "human_resources", case.began_on, known_on, values)
    if case.shock_kind is not None:
        _add_shock(
            rows, draws, home, case.began_on, case.shock_kind, case.loss_fen, case.disaster_kind
        )


def _add_small_shock(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add a small loss to a few households that get over it alone."""
    if draws.chance(0.04):
        n_days = (calendar.last_day - calendar.first_day).days
        day = plain_day(calendar.first_day + timedelta(days=draws.whole(1, n_days)))
        kind = draws.pick(("disaster", "failed_crop", "failed_livestock"))
        disaster = draws.pick(("flood", "drought", "weather")) if kind == "disaster" else None
        _add_shock(rows, draws, home, day, kind, draws.whole(5, 30) * 100_00, disaster)


def _add_shock(
    rows: Rows,
    draws: Draws,
    home: Home,
    day: date,
    kind: str,
    loss_fen: int,
    disaster_kind: str | None,
) -> None:
    """Add one shock; where the land or herd was insured, the claim as well."""
    is_emergency = kind in ("disaster", "accident")
    values: Row = {
        "shock_kind": kind,
        "disaster_kind": disaster_kind if is_emergency else None,  # the other ledger has no word
        "loss_fen": loss_fen,
        "product": _PRODUCTS.get(kind),
        "person": home.household.people[0].identity if kind == "accident" else None,
    }
    source = "emergency" if is_emergency else "agriculture"
    delay = draws.whole(1, 5) if is_emergency else draws.whole(10, 30)
    _add(rows, home, "shock", source, day, delay, values)
    if kind in ("failed_crop", "failed_livestock"):
        claim: Row = {
            "insurance": "crop",
            "claim_number": f"LP{len(rows.tables.get('insurance_claim', [])):07d}",
            "paid_fen": loss_fen * 40 // 100,
            "cause": draws.pick(("flood", "drought", "weather", "biological")),
            "product": _PRODUCTS[kind],
        }
        delay = draws.whole(20, 45)
        _add(rows, home, "insurance_claim", "agriculture_claims", day, delay, claim)


def _clue(
    rows: Rows, draws: Draws, home: Home, day: date, cause: str, person: Person | None
) -> Row:
    """Add a clue, entered at once, and return its row."""
    channel = draws.pick(_CHANNELS)
    is_department = channel == "department" and cause in _DEPARTMENTS
    values: Row = {
        "channel": channel if is_department or channel != "department" else "cadre",
        "department": _DEPARTMENTS[cause] if is_department else None,
        "cause": cause,
        "amount_fen": 12_000_00 if is_department and cause == "illness" else None,
        "person": person.identity if person is not None else None,
    }
    return _add(rows, home, "clue", "register_clue", day, draws.whole(0, 1), values)


def _ill_member(home: Home) -> Person | None:
    """Return the first member who is ill for long."""
    ill = [p for p in home.household.people if p.is_seriously_ill or p.is_chronically_ill]
    return ill[0] if ill else None


def _add_vain_clue(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add clues that lead to no listing: most are not confirmed, some are refused later."""
    if not draws.chance(0.06):
        return
    n_days = (calendar.last_day - calendar.first_day).days
    day = plain_day(calendar.first_day + timedelta(days=draws.whole(1, max(1, n_days - 25))))
    clue = _clue(rows, draws, home, day, "other", None)
    is_confirmed = draws.chance(0.2)
    checked_on = day + timedelta(days=draws.whole(1, 5))
    found: Row = {
        "result": "confirmed" if is_confirmed else draws.pick(("not_confirmed", "not_reached")),
        "cause": "other" if is_confirmed else None,
        "clue_record_id": clue["record_id"],
    }
    _add(rows, home, "verification", "register_verification", checked_on, 1, found)
    if is_confirmed:
        decided_on = plain_day(checked_on + timedelta(days=draws.whole(6, 9)))
        refused: Row = {"decision": "refused"}
        _add(rows, home, "listing", "register_listing", decided_on, 0, refused)


def _add_decisions(rows: Rows, draws: Draws, home: Home, case: Case) -> None:
    """Add clue, verification, listing and exit of a case, each entered at once."""
    person = _ill_member(home) if case.causes[0] == "illness" else None
    clue = _clue(rows, draws, home, case.clue_on, case.causes[0], person)
    found: Row = {
        "result": "confirmed",
        "cause": case.causes[0],
        "clue_record_id": clue["record_id"],
    }
    _add(rows, home, "verification", "register_verification", case.verified_on, 1, found)
    listed: Row = {
        "decision": "listed",
        "monitored_type": case.monitored_type,
        **{f"cause_{n}": cause for n, cause in enumerate(case.causes, start=1)},
        "disaster_kind": case.disaster_kind,
        "noticed_from": case.verified_on,
        "noticed_to": case.verified_on + timedelta(days=5),
    }
    _add(rows, home, "listing", "register_listing", case.listed_on, draws.whole(0, 2), listed)
    if case.exited_on is not None:
        left: Row = {
            "way": case.exit_way,
            "has_safe_home_after": True,
            "has_safe_water_after": True,
            "net_income_per_head_after_fen": draws.whole(100, 180) * 100_00,
        }
        _add(rows, home, "exit", "register_exit", case.exited_on, draws.whole(0, 2), left)


def _add_measures(rows: Rows, draws: Draws, home: Home, case: Case) -> None:
    """Add a measure for each cause within a month, one of development where anybody can work."""
    wanted = [_MEASURES[cause] for cause in case.causes]
    if home.household.has_no_labour(case.listed_on):
        wanted.append(("safety_net", "低保"))
    else:
        wanted.append(_development(home, case.listed_on))
    for measure, detail in dict.fromkeys(wanted):
        starts_on = plain_day(case.listed_on + timedelta(days=draws.whole(3, 20)))
        values: Row = {
            "measure": measure,
            "detail": detail,
            "amount_fen": draws.whole(5, 50) * 100_00,
            "ends_on": starts_on + timedelta(days=365) if measure != "safety_net" else None,
        }
        delay = draws.whole(0, 2)
        _add(rows, home, "support_measure", "register_measure", starts_on, delay, values)


def _development(home: Home, day: date) -> tuple[str, str]:
    """Return a measure that fits: work where somebody works, an industry project otherwise."""
    year_before = day - timedelta(days=365)
    has_work = any(p.state(year_before).can_work for p in home.household.workers(day))
    return ("employment", "劳务输出") if has_work else ("industry", "产业项目")


def _add_measures_without_case(rows: Rows, draws: Draws, home: Home, calendar: Calendar) -> None:
    """Add measures of the formerly poor, and of those on a public-welfare post."""
    day = plain_day(calendar.first_day + timedelta(days=draws.whole(60, 90)))
    if home.household.household_type == "out_of_poverty" and draws.chance(0.4):
        values: Row = {"measure": "industry", "detail": "庭院经济", "amount_fen": 800_00}
        _add(rows, home, "support_measure", "register_measure", day, 2, values)
    for person in home.household.workers(day):
        is_old_hand = person.years[calendar.opening_year - 1].can_work
        if person.job is not None and person.job.public_post is not None and is_old_hand:
            post: Row = {
                "measure": "public_post",
                "detail": "公益性岗位",
                "person": person.identity,
                "ends_on": date(calendar.last_day.year, 12, 31),
            }
            _add(rows, home, "support_measure", "register_measure", day, 2, post)


def _add_visits(rows: Rows, draws: Draws, home: Home, months: list[date]) -> None:
    """Add visits: every third month while listed, now and then otherwise; one a month at most."""
    case = home.case
    for n, month in enumerate(months):
        day = month + timedelta(days=draws.whole(0, 27))
        is_open_case = case is not None and case.is_open_on(day)
        if not (is_open_case and n % 3 == 0) and not draws.chance(0.01):
            continue
        values: Row = {
            "result": draws.pick(("no_need", "no_need", "no_need", "not_met")),
            "plan_slice": "重点走访" if is_open_case else "随机走访",
        }
        if case is not None and is_open_case:
            values |= {"result": "in_need", "cause": case.causes[0]}
        _add(rows, home, "visit", "register_visit", day, draws.whole(0, 2), values)
