"""Columns about work, people, homes and shocks of a county's households, a second time."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

B = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "county_reference_base.py")))
col, one_of, nothing = B.col, B.one_of, B.nothing
days_old, window = B.days_old, B.window
E4 = 10_000


# work


def _worked(row):
    """Last day of the month worked."""
    return B.month_end(row["work_month"])


def _is_away(row):
    """Whether a month was worked outside the county."""
    return one_of("work_place_kind", "province", "outside", "abroad")(row)


def work(book, home, money):
    """Months of work and wages."""
    w = window(book, home, "work_month", no_record=None, is_personal=True, day=_worked)
    money_names = [f"wage_to_line_{how}_{m}m" for how in ("sum", "change") for m in (6, 12)]
    names = (
        *("wage_of_month_to_line_mean_12m", "months_worked_count_12m", "months_worked_change_12m"),
        *("months_worked_away_count_12m", "days_from_wage_days_since"),
    )
    if w is None:
        return nothing(*money_names, *names)
    wage = col("wage_fen")
    fen = [*(w.told(wage, m) for m in (6, 12)), *(w.change(wage, m) for m in (6, 12))]
    known = [wage(r) for r in w.rows(12) if wage(r) is not None]
    mean = sum(known) / (len(known) * money.head) if known and money.head else None
    return dict(zip(money_names, map(money.of_household, fen), strict=True)) | {
        "wage_of_month_to_line_mean_12m": mean,
        "months_worked_count_12m": w.count(lambda r: 1, 12),
        "months_worked_change_12m": w.change(lambda r: 1, 12),
        "months_worked_away_count_12m": w.count(_is_away, 12),
        "days_from_wage_days_since": w.days_since(lambda r: (wage(r) or 0) > 0),
    }


def workers(book, home, money):
    """Members with months of work, one by one."""
    names = (
        *("earners", "earners_away", "stopped_working", "on_public_post"),
        *("post_ends_in_6m", "post_ends_in_12m", "work_ends_in_3m", "main_earner_share"),
    )
    empty = nothing(*(f"{name}_latest" for name in names))
    rows = book.rows("work_month")
    if rows is None:
        return empty
    by_person = {}
    for r in rows.get(home, []):
        if r["person_id"] in book.members.get(home, []) and _worked(r) <= book.as_of:
            by_person.setdefault(r["person_id"], []).append(r)
    if not by_person:
        return empty
    persons = [_worker(book, mine) for mine in by_person.values()]
    wages = [p["wage"] for p in persons]
    share = max(wages) * E4 // sum(wages) / E4 if sum(wages) > 0 else None
    found = dict(empty) | {"main_earner_share_latest": share}
    for name in names[:4]:
        found[f"{name}_latest"] = sum(p[name] for p in persons)
    for name in names[4:7]:
        told = [p[name] for p in persons if p[name] is not None]
        is_told = 1 in told or len(told) == len(persons)
        found[f"{name}_latest"] = max(told) if is_told else None
    return found


def _worker(book, rows):
    """What the months of one member say."""
    back = lambda months: B.months_before(book.as_of, months)  # noqa: E731
    rows = [r for r in rows if _worked(r) > back(12)]
    last = max((_worked(r) for r in rows), default=back(1200))
    terms = [r for r in rows if _worked(r) == last]
    away_day, away = B.newest(rows, lambda r: B.truth(_is_away(r)), _worked)
    del away_day
    is_current = last > back(4)
    posts = [r["spell_ends_on"] for r in terms if r["public_post"] is not None]
    jobs = [r["spell_ends_on"] for r in terms if r["public_post"] is None]

    def ends(days, months):
        if not is_current or not days:
            return 0
        known = [d for d in days if d is not None]
        return int(book.as_of < max(known) <= back(-months)) if known else None

    return {
        "earners": int(last > back(6)),
        "earners_away": int(last > back(6) and away == 1),
        "stopped_working": int(back(12) < last and not is_current),
        "on_public_post": int(is_current and bool(posts)),
        "post_ends_in_6m": ends(posts, 6),
        "post_ends_in_12m": ends(posts, 12),
        "work_ends_in_3m": ends(jobs, 3),
        "wage": sum(r["wage_fen"] or 0 for r in rows if _worked(r) > back(12)),
    }


# people


def _answers(book, person):
    """Newest answers of a member's snapshots."""
    rows = [r for r in book.known["member_snapshot"] if r["person_id"] == person]
    ask = lambda value: B.newest(rows, value)[1]  # noqa: E731

    def disabled(r):
        if r["is_disabled"] is None:
            return None if r["disability_level"] is None else True
        return r["is_disabled"]

    return {
        "age": B.age(ask(col("born_on")), book.as_of),
        "skill": B.newest(rows, lambda r: SKILLS.get(r["labour_skill"]))[1],
        "education": ask(lambda r: EDUCATION.get(r["education"])),
        "stage": ask(_stage),
        "chronic": ask(col("is_chronically_ill")),
        "serious": ask(col("is_seriously_ill")),
        "disabled": ask(disabled),
        "level": ask(col("disability_level")),
        "insured": ask(lambda r: B.kleene_or(r["has_basic_medical"], r["has_employee_medical"])),
        "dibao": ask(one_of("dibao", "rural", "urban")),
        "tekun": ask(one_of("tekun", "rural", "urban")),
        "female": ask(one_of("sex", "female")),
        "minority": ask(lambda r: None if r["ethnicity"] is None else r["ethnicity"] != "汉族"),
        "head": ask(one_of("relation", "head")),
        "away": book_away(rows),
    }


SKILLS = {"ordinary": 1, "skilled": 2, "weak": 3, "lost": 4, "none": 5}
EDUCATION = {"none": 1, "primary": 2, "junior": 3, "senior": 4, "college": 5, "university": 6}


def book_away(rows):
    """Whether the newest snapshot says that the member is away."""
    last = max(rows, key=lambda r: r["occurred_on"])
    return None if last["membership"] is None else last["membership"] == "away"


def _stage(row):
    """Whether somebody is at college (4), at another school (1 to 3), or has left it (0)."""
    state = row["school_state"]
    if state is None:
        return None if row["education"] is None else 0
    if state.startswith(("higher", "technician", "bachelor", "postgraduate")):
        return 4
    if state.startswith(("senior", "vocational")):
        return 3
    return 1 if state in ("preschool_age", "kindergarten") else 2


def people(book, home, money):
    """Members of the day, counted."""
    del money
    names = (
        *("heads", "away", "is_single", "aged_0_5", "aged_6_15", "aged_16_59", "aged_60"),
        *("aged_65", "aged_75", "all_aged_60", "dependants_share", "able_workers"),
        *("able_workers_16_59", "skilled_workers", "weak_workers", "no_able_worker"),
        *("low_schooled_members", "head_age", "is_head_female", "is_head_of_minority"),
        *("disabled_members", "severely_disabled_members", "chronically_ill_members"),
        *("seriously_ill_members", "uninsured_members", "college_students"),
        *("dibao_members", "tekun_members"),
    )
    members = book.members.get(home)
    if not members:
        return nothing(*(f"{name}_latest" for name in names))
    people = [_answers(book, person) for person in members]
    ages = [p["age"] for p in people if p["age"] is not None]
    skills = [p["skill"] for p in people if p["skill"] is not None]
    heads = [p for p in people if p["head"]]

    def count(answer):
        return B.total(B.truth(answer(p)) for p in people)

    def aged(first, last=200):
        return sum(first <= a <= last for a in ages) if ages else None

    def able_of_age(p):
        answers = [None if p["skill"] is None else p["skill"] <= 2]
        answers += [None if p["age"] is None else 16 <= p["age"] <= 59]
        return False if False in answers else None if None in answers else True

    def low(p):
        answers = [None if p["age"] is None else p["age"] >= 16]
        answers += [None if p["education"] is None else p["education"] <= 2]
        return False if False in answers else None if None in answers else True

    def severe(p):
        answers = [p["disabled"], None if p["level"] is None else p["level"] <= 2]
        return False if False in answers else None if None in answers else True

    def of_head(key):
        told = [int(p[key]) for p in heads if p[key] is not None]
        return max(told) if told else None

    dependants = sum(not 16 <= a <= 59 for a in ages)
    all_old = 0 if any(a < 60 for a in ages) else 1 if len(ages) == len(people) else None
    n_able = sum(s <= 2 for s in skills)
    no_able = 0 if n_able else 1 if len(skills) == len(people) else None
    values = (
        *(len(people), count(lambda p: p["away"]), int(len(people) == 1)),
        *(aged(-1, 5), aged(6, 15), aged(16, 59), aged(60), aged(65), aged(75), all_old),
        dependants * E4 // len(ages) / E4 if ages else None,
        *(n_able if skills else None, count(able_of_age)),
        sum(s == 2 for s in skills) if skills else None,
        sum(s == 3 for s in skills) if skills else None,
        *(no_able, count(low), of_head("age"), of_head("female"), of_head("minority")),
        *(count(lambda p: p["disabled"]), count(severe)),
        *(count(lambda p: p["chronic"]), count(lambda p: p["serious"])),
        count(lambda p: None if p["insured"] is None else not p["insured"]),
        count(lambda p: None if p["stage"] is None else p["stage"] == 4),
        *(count(lambda p: p["dibao"]), count(lambda p: p["tekun"])),
    )
    return dict(zip((f"{name}_latest" for name in names), values, strict=True))


def cover(book, home, money):
    """Medical cover of the members."""
    names = ("uncovered_members", "own_premium_to_line", "premium_aided_members")
    rows = book.rows("insurance")
    members = book.members.get(home, [])
    by_person = {}
    for r in (rows or {}).get(home, []):
        is_basic = r["insurance"] in ("basic_medical", "employee_medical")
        if r["person_id"] in members and is_basic and r["valid_from"] <= book.as_of:
            kinds = by_person.setdefault(r["person_id"], {})
            kinds.setdefault(r["insurance"], {}).setdefault(r["valid_from"], []).append(r)
    if not by_person:
        return nothing(*(f"{name}_latest" for name in names))
    limit = B.months_before(book.as_of, 3)
    uncovered, premiums, aided = [], [], []
    for kinds in by_person.values():
        latest = [r for periods in kinds.values() for r in periods[max(periods)]]
        answers = []
        for r in latest:
            lasts = r["valid_to"] is None or r["valid_to"] >= limit
            answers.append(r["is_covered"] if lasts else False)
        uncovered.append(0 if True in answers else None if None in answers else 1)
        premiums.append(
            B.total(
                None if r["premium_fen"] is None else r["premium_fen"] - (r["premium_aid_fen"] or 0)
                for r in latest
                if r["is_covered"]
            )
        )
        told = [r["premium_aid_fen"] > 0 for r in latest if r["premium_aid_fen"] is not None]
        aided.append(int(any(told)) if told else None)
    return {
        "uncovered_members_latest": B.total(uncovered),
        "own_premium_to_line_latest": money.of_household(B.total(premiums)),
        "premium_aided_members_latest": B.total(aided),
    }


def school(book, home, money):
    """Terms at school of the members."""
    names = (
        *("school_cost_to_line", "boarders", "students_beyond_compulsory"),
        "children_out_of_school",
    )
    empty = nothing(*(f"{name}_latest" for name in names))
    rows = book.rows("schooling")
    by_person = {}
    for r in (rows or {}).get(home, []):
        if r["person_id"] in book.members.get(home, []):
            by_person.setdefault(r["person_id"], []).append(r)
    if not by_person:
        return empty
    year_ago = B.months_before(book.as_of, 12)
    costs, boarders, beyond, out = [], [], [], []
    for person, mine in by_person.items():

        def ask(value, mine=mine, *, this_year=True):
            day, answer = B.newest(mine, value)
            return answer if day is not None and (not this_year or day > year_ago) else None

        cost, aid = ask(col("cost_fen")), ask(col("aid_fen"))
        costs.append(None if cost is None else cost - (aid or 0))
        boarders.append(B.truth(ask(col("is_boarding"))))
        stage = ask(lambda r: None if r["school_state"] is None else _stage(r))
        attends = [ask(col("is_in_school")), None if stage is None else stage >= 3]
        beyond.append(0 if False in attends else None if None in attends else 1)
        years = _answers(book, person)["age"]
        in_school = ask(col("is_in_school"), this_year=False)
        answers = [None if in_school is None else not in_school]
        answers += [None if years is None else 6 <= years <= 15]
        answers += [ask(col("is_unable_to_study"), this_year=False) is not True]
        out.append(0 if False in answers else None if None in answers else 1)
    return {
        "school_cost_to_line_latest": money.of_household(B.total(costs)),
        "boarders_latest": B.total(boarders),
        "students_beyond_compulsory_latest": B.total(beyond),
        "children_out_of_school_latest": B.total(out),
    }


# home


def checks(book, home, money):
    """Checks of home and water."""
    del money
    homes = (book.rows("housing_check") or {}).get(home, [])
    grade = lambda r: (  # noqa: E731
        None if r["is_only_home"] is False or r["grade"] is None else "abcd".index(r["grade"]) + 1
    )
    day, last = B.newest(homes, grade)
    before = B.newest(homes, grade, before=day)[1] if day else None
    found = {
        "home_grade_latest": last,
        "home_grade_change": None if before is None else last - before,
        "home_is_unsafe_latest": None if last is None else int(last >= 3),
        "days_from_home_check_age": days_old(book, day),
    }
    rows = (book.rows("water_check") or {}).get(home, [])
    w = window(book, home, "water_check", no_record=None)
    poor = B.newest(rows, one_of("quality", "poor"))[1]
    plain = {
        "water_outage": "outage_days",
        "water_trip": "trip_minutes",
        "water_litres": "litres_per_head_day",
        "water_reliability": "supply_percent",
    }
    found |= {f"{name}_latest": B.newest(rows, col(c))[1] for name, c in plain.items()}
    return found | {
        "water_is_poor_latest": B.truth(poor),
        "worst_water_outage_maximum_12m": w and w.told(col("outage_days"), 12, how=max),
        "days_from_water_check_age": days_old(book, B.newest(rows, lambda r: 1)[0]),
    }


def snapshot(book, home, money):
    """Newest answers of the household's snapshots."""
    rows = book.rows("household_snapshot").get(home, [])
    plain = {
        "is_dilapidated": "is_dilapidated_home",
        "has_safe_drinking_water": "has_safe_water",
        "has_sanitary_latrine": "has_sanitary_toilet",
        "has_paved_access": "has_hard_access_road",
        "distance_to_road": "road_distance_m",
        "in_cooperative": "is_in_cooperative",
        "was_relocated": "is_relocated",
        "has_no_labour": "is_no_labour_household",
    }
    found = {f"{n}_latest": B.truth(B.newest(rows, col(c))[1]) for n, c in plain.items()}
    former = B.newest(rows, one_of("household_type", "out_of_poverty"))[1]
    return found | {
        "home_area_latest": money.per_head(B.newest(rows, col("home_area_m2_x100"))[1]),
        "farmland_latest": money.per_head(B.newest(rows, col("farmland_mu_x100"))[1]),
        "was_out_of_poverty_latest": B.truth(former),
    }


KINDS = {
    "hit_by_disaster": ("disaster",),
    "had_accident": ("accident", "fire"),
    "lost_worker": ("death", "worker_lost"),
    "farm_failed": ("failed_crop", "failed_livestock"),
    "business_failed": ("failed_business", "price_fall"),
    "lost_job": ("job_loss",),
}


def shocks(book, home, money):
    """What hit the household, and what insurers paid."""
    w = window(book, home, "shock")
    names = ("shocks_count_3m", "shocks_count_12m", "loss_to_line_sum_12m")
    names += ("farm_loss_to_line_sum_12m", "days_from_shock_days_since")
    found = nothing(*(f"{name}_ever_12m" for name in KINDS), *names)
    if w is not None:
        farm = lambda r: r["loss_fen"] if r["shock_kind"] in KINDS["farm_failed"] else 0  # noqa: E731
        for name, kinds in KINDS.items():
            found[f"{name}_ever_12m"] = w.ever(one_of("shock_kind", *kinds), 12)
        found |= {
            "shocks_count_3m": w.count(lambda r: 1, 3),
            "shocks_count_12m": w.count(lambda r: 1, 12),
            "loss_to_line_sum_12m": money.of_household(w.told(col("loss_fen"), 12)),
            "farm_loss_to_line_sum_12m": money.of_household(w.told(farm, 12)),
            "days_from_shock_days_since": w.days_since(lambda r: True),
        }
    claims = window(book, home, "insurance_claim")
    paid = None if claims is None else claims.told(col("paid_fen"), 12)
    return found | {
        "claims_to_line_sum_12m": money.of_household(paid),
        "had_crop_claim_ever_12m": claims and claims.ever(one_of("insurance", "crop"), 12),
    }
