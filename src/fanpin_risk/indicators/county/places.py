"""The place of each household: need, shocks, wages, prices and services, itself left out."""

from __future__ import annotations

from functools import reduce

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.changes import happened
from fanpin_risk.household.kept import is_kept_since, latest_start
from fanpin_risk.household.view import CountyView, with_days
from fanpin_risk.indicators.county.livelihood import months_back
from fanpin_risk.indicators.county.seen import found_in_need, looks
from fanpin_risk.units import RATIO_SCALE

Frame = nw.DataFrame[pl.DataFrame]

PRIOR_HOUSEHOLDS = 200
"""A place's share is drawn to the county's as if it had this many more households at that share."""

FIGURES = (
    *("place_in_need_12m_e4", "region_in_need_12m_e4", "place_hit_3m_e4", "place_hit_12m_e4"),
    *("place_register_mean_e4", "place_below_line_e4", "place_wage_change_e4", "price_change_e4"),
    *("place_affected_3m", "place_affected_12m", "village_dibao_e4"),
    *("village_dilapidated_e4", "village_unsafe_water_e4", "village_doctors_e4"),
    *("has_bus", "village_income_fen"),
)
"""What the view says of a place; ``_e4`` is in ten-thousandths."""

_VILLAGE = (
    *("households", "people", "dibao_households", "dilapidated_homes"),
    *("without_safe_water", "collective_income_fen", "doctors"),
)
_VILLAGE_FLAGS = ("has_bus",)


def place_view(county: CountyView) -> Frame:
    """Figures of each household's place as known by the day, with the household itself left out.

    A share is ``(f + m r) / (n + m)``: of the ``n`` other households of the place ``f``, drawn to
    the share ``r`` of all other households of the county with `PRIOR_HOUSEHOLDS` for ``m``
    (empirical Bayes). Households that have ended count nowhere. Found in need: by a visit, or a
    clue that was confirmed, within twelve months.

    Returns
    -------
    DataFrame
        One row for each household on record: ``home``, ``occurred_day`` (the day), and
        integers, in ten-thousandths where the name ends in ``_e4``. Null where nothing is known of
        the place (a share: of the whole county), or the table is not kept over the whole time.
    """
    homes = county.homes.filter(~nw.col("is_ended"))
    base = county.homes.select("home", "place", "region", "context_place")
    parts = [
        *_shares(county, homes),
        _mean_of_register(county, homes),
        _wage_change(county, homes),
    ]
    joined = reduce(
        lambda left, right: left.join(right, on="home", how="left"),
        [part for part in parts if part is not None],
        base,
    )
    joined = _with_village(county, _with_months(county, joined))
    figures = [
        (nw.col(name) if name in joined.columns else nw.lit(None)).cast(nw.Int64).alias(name)
        for name in FIGURES
    ]
    day = nw.lit(county.day).cast(nw.Int32)
    return joined.select("home", *figures, occurred_day=day)


def _shares(county: CountyView, homes: Frame) -> list[Frame]:
    """Shares of the place found in need, and hit by a shock; none where records begin later."""
    found, known = [], county.known
    seen, needs = looks(county), found_in_need(county)
    if seen is not None and needs is not None and is_kept_since(seen, latest_start(known, 12)):
        recent = needs.filter(nw.col("occurred_day") > months_back(county, 12))
        for area in ("place", "region"):
            found.append(_shrunk(homes, recent, area, f"{area}_in_need_12m_e4"))
    if "shock" in county.tables:
        for months in (3, 12):
            rows = county.tables["shock"]
            if not is_kept_since(rows, latest_start(known, months)):
                continue
            recent = rows.filter(nw.col("occurred_day") > months_back(county, months))
            found.append(_shrunk(homes, recent, "place", f"place_hit_{months}m_e4"))
    return found


def _shrunk(homes: Frame, rows: Frame, area: str, name: str) -> Frame:
    """Share of the other households of an area with a row, drawn to the county's."""
    hit = rows.select("home").unique().with_columns(_hit=nw.lit(1))
    marked = homes.join(hit, on="home", how="left").select(
        "home", area, _own=nw.col("_hit").fill_null(0).cast(nw.Int64)
    )
    totals = marked.group_by(area).agg(
        _n=nw.len().cast(nw.Int64), _f=nw.col("_own").sum().cast(nw.Int64)
    )
    n_else, f_all = len(marked) - 1, int(marked["_own"].sum() or 0)
    joined = marked.join(totals.filter(~nw.col(area).is_null()), on=area, how="left")
    # a household whose place is not known has no neighbours, and the county's share
    n = nw.when(~nw.col("_n").is_null()).then(nw.col("_n") - 1).otherwise(nw.lit(0))
    f = nw.when(~nw.col("_n").is_null()).then(nw.col("_f") - nw.col("_own")).otherwise(nw.lit(0))
    f_else = f_all - nw.col("_own")
    if n_else < 1:  # one household alone has nobody to be compared with
        return joined.select("home", nw.col("_own").alias(name)).head(0)
    share = (
        (f * n_else + f_else * PRIOR_HOUSEHOLDS) * RATIO_SCALE // ((n + PRIOR_HOUSEHOLDS) * n_else)
    )
    return joined.select("home", share.alias(name))


def _mean_of_register(county: CountyView, homes: Frame) -> Frame | None:
    """Mean register income of the other households of the place, and the share below the line."""
    if "household_snapshot" not in county.tables:
        return None
    income = latest_answers(
        county.tables["household_snapshot"],
        ["home"],
        {"income": nw.col("net_income_per_head_fen")},
    )
    ratio = nw.when(nw.col("line_fen") > 0).then(
        nw.col("income") * RATIO_SCALE // nw.col("line_fen")
    )
    marked = (
        homes.join(income, on="home", how="left")
        .with_columns(_ratio=ratio)
        .select(
            "home",
            "place",
            # above ten times the line income says nothing more about a place
            capped=nw.when(nw.col("_ratio") > 10 * RATIO_SCALE)
            .then(nw.lit(10 * RATIO_SCALE))
            .otherwise(nw.col("_ratio")),
            below=(nw.col("income") < nw.col("line_fen")).cast(nw.Int64) * RATIO_SCALE,
        )
    )
    named = {"capped": "place_register_mean_e4", "below": "place_below_line_e4"}
    totals = (
        marked.filter(~nw.col("place").is_null())
        .group_by("place")
        .agg(
            *[nw.col(n).sum().cast(nw.Int64).alias(f"_{n}") for n in named],
            *[nw.col(n).count().cast(nw.Int64).alias(f"_n_{n}") for n in named],
        )
    )
    joined = marked.join(totals, on="place", how="left")

    def of_others(name: str) -> nw.Expr:
        is_known = (~nw.col(name).is_null()).cast(nw.Int64)
        n = nw.col(f"_n_{name}") - is_known
        return nw.when(n > 0).then((nw.col(f"_{name}") - nw.col(name).fill_null(0)) // n)

    return joined.select("home", *[of_others(name).alias(title) for name, title in named.items()])


def _wage_change(county: CountyView, homes: Frame) -> Frame | None:
    """Wages that the others of the place earned in six months against the six before, less one."""
    if "work_month" not in county.tables:
        return None
    half, year = months_back(county, 6), months_back(county, 12)
    rows = county.tables["work_month"]
    day, wage = nw.col("month_day"), nw.col("wage_fen")
    own = (
        rows.select(
            "home",
            late=nw.when((day > half) & (day <= county.day)).then(wage),
            early=nw.when((day > year) & (day <= half)).then(wage),
        )
        .group_by("home")
        .agg(nw.col("late").sum().cast(nw.Int64), nw.col("early").sum().cast(nw.Int64))
    )
    marked = homes.select("home", "place").join(own, on="home", how="left")
    totals = (
        marked.filter(~nw.col("place").is_null())
        .group_by("place")
        .agg(_late=nw.col("late").sum().cast(nw.Int64), _early=nw.col("early").sum().cast(nw.Int64))
    )
    late = nw.col("_late") - nw.col("late").fill_null(0)
    early = nw.col("_early") - nw.col("early").fill_null(0)
    change = nw.when(early > 0).then((late - early) * RATIO_SCALE // early)
    return marked.join(totals, on="place", how="left").select("home", place_wage_change_e4=change)


def _with_months(county: CountyView, base: Frame) -> Frame:
    """Add prices and disasters by month, of the nearest area that has any.

    The change of price is the mean over the area's products of the mean of the last twelve months
    over that of the twelve before, less one; of the village, else the township, else the county.
    """
    if "place_month" not in county.known.tables:
        return base
    rows = with_days(happened(county.known, "place_month"), "place_month")
    rows = rows.filter(nw.col("month_day") <= county.day)
    areas = ("place", "region", "context_place")
    found = base
    changes = _price_changes(county, rows)
    hits = _hits(county, rows)
    for area in areas:
        names = {name: f"_{name}_{area}" for name in ("change", "hit_3m", "hit_12m")}
        for frame, columns in ((changes, ["change"]), (hits, ["hit_3m", "hit_12m"])):
            renamed = frame.select(
                nw.col("place").alias(area), *[nw.col(c).alias(names[c]) for c in columns]
            )
            found = found.join(renamed, on=area, how="left")

    def worst(name: str) -> nw.Expr:
        return nw.max_horizontal(*[f"_{name}_{area}" for area in areas])

    return found.with_columns(
        price_change_e4=nw.coalesce(*[f"_change_{area}" for area in areas]),
        place_affected_3m=worst("hit_3m"),
        place_affected_12m=worst("hit_12m"),
    ).drop([f"_{name}_{area}" for name in ("change", "hit_3m", "hit_12m") for area in areas])


def _price_changes(county: CountyView, rows: Frame) -> Frame:
    """Change of prices of each area with a price in both years, in ten-thousandths."""
    year, two_years = months_back(county, 12), months_back(county, 24)
    day, price = nw.col("month_day"), nw.col("price_fen_per_kg")
    is_late, is_early = day > year, (day > two_years) & (day <= year)
    products = (
        rows.filter(~price.is_null(), ~nw.col("product").is_null())
        .select(
            "place",
            "product",
            late=nw.when(is_late).then(price),
            early=nw.when(is_early).then(price),
        )
        .group_by("place", "product")
        .agg(
            late=nw.col("late").sum().cast(nw.Int64),
            n_late=nw.col("late").count().cast(nw.Int64),
            early=nw.col("early").sum().cast(nw.Int64),
            n_early=nw.col("early").count().cast(nw.Int64),
        )
    )
    both = products.filter(nw.col("n_late") > 0, nw.col("early") > 0)
    top = nw.col("late") * nw.col("n_early") * RATIO_SCALE
    change = top // (nw.col("n_late") * nw.col("early")) - RATIO_SCALE
    return (
        both.select("place", _change=change)
        .group_by("place")
        .agg(_sum=nw.col("_change").sum().cast(nw.Int64), _n=nw.len().cast(nw.Int64))
        .select("place", change=nw.col("_sum") // nw.col("_n"))
    )


def _hits(county: CountyView, rows: Frame) -> Frame:
    """Largest percent of an area's farmland hit in a month; 0 where it has rows and no such month.

    A disaster of which no share is on record does not count.
    """
    percent = nw.col("affected_percent")
    windows = {f"hit_{months}m": months_back(county, months) for months in (3, 12)}
    return (
        rows.select(
            "place",
            **{
                name: nw.when(nw.col("month_day") > begin)
                .then(nw.coalesce(percent, nw.lit(0)))
                .otherwise(nw.lit(0))
                for name, begin in windows.items()
            },
        )
        .group_by("place")
        .agg(nw.col(name).max() for name in windows)
    )


def _with_village(county: CountyView, base: Frame) -> Frame:
    """Add the newest figures of the village."""
    if "village" not in county.known.tables:
        return base
    values: dict[str, nw.Expr] = {name: nw.col(name) for name in _VILLAGE}
    values |= {name: nw.col(name).cast(nw.Int64) for name in _VILLAGE_FLAGS}
    answers = latest_answers(happened(county.known, "village"), ["place"], values)
    shares = {
        "village_dibao_e4": ("dibao_households", "households"),
        "village_dilapidated_e4": ("dilapidated_homes", "households"),
        "village_unsafe_water_e4": ("without_safe_water", "households"),
        "village_doctors_e4": ("doctors", "people"),
    }
    figures = answers.select(
        "place",
        *_VILLAGE_FLAGS,
        village_income_fen=_ratio("collective_income_fen", "people", 1),
        **{name: _ratio(part, whole, RATIO_SCALE) for name, (part, whole) in shares.items()},
    )
    return base.join(figures, on="place", how="left")


def _ratio(part: str, whole: str, scale: int) -> nw.Expr:
    """One figure over another, rounded down; null where the other is none."""
    return nw.when(nw.col(whole) > 0).then(nw.col(part) * scale // nw.col(whole))
