"""The household's income account: four parts, costs, two clocks, and bounds where a part is open.

Wage, business, property and transfer income of whole months (policy notes, section 3). The account
of a year that somebody wrote tells its months; in all others single payments, months worked and
dividends count as far as they are on record, and what is not on record is not known. A part cannot
be negative, business excepted: so income is bounded from below where the costs of business are
known, and from above where all receipts are (section 19).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import polars as pl

from fanpin_risk.household.answers import latest_answers
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, COUNT, DAY, FEN, FactTheme
from fanpin_risk.household.income_account_facts import (
    facts_of_window,
    window_columns,
    window_facts,
)
from fanpin_risk.household.income_account_rows import account_items, monthly_amounts
from fanpin_risk.household.income_account_sums import window_sums
from fanpin_risk.household.income_account_windows import (
    ANNUAL,
    BEFORE,
    IDENTIFICATION,
    IncomeWindow,
    windows_of,
)
from fanpin_risk.household.income_account_yearly import yearly_accounts
from fanpin_risk.household.view import CountyView

Frame = nw.DataFrame[pl.DataFrame]

_OF_DEDUCTION: Mapping[str, nw.dtypes.DType] = {
    "employment_cost_known_fen": FEN,
    "employment_cost_open": COUNT,
    "employment_cost_record": CODE,
}
COLUMNS: Mapping[str, nw.dtypes.DType] = {
    **window_columns(IDENTIFICATION),
    **window_columns(BEFORE),
    **window_columns(ANNUAL),
    "heads_without_away": COUNT,
    "register_income_per_head_fen": FEN,
    "register_income_day": DAY,
    "register_income_before_per_head_fen": FEN,
    "register_income_before_day": DAY,
    **_OF_DEDUCTION,
}
"""What the account gives of each household; see `build_income`."""


def build_income(county: CountyView, choices: AccountChoices) -> Frame:
    """The income account of every household on record.

    Windows are ``12m`` (identification), ``before`` (the one before it) and ``annual`` (the last
    closed year of collection), see `windows_of`. Amounts in fen of the whole household:

    ``<part>_<window>_fen``
        What is on record of a part; 0 where it is known that there is none, null where nothing is
        on record and it is not known. ``asset_dividend`` (dividends of project assets) is apart
        from property and transfers; ``help`` is what is marked as public help, within the others.
    ``is_<part>_<window>_known``
        Whether that is all of it: yearly accounts tell the part in every month of the window.
        Single payments and months worked never do, for what nobody wrote down may be missing.
    ``business_<window>_fen``
        Receipts less costs; null unless both are known.
    ``income_<window>_fen``, ``income_<window>_lower_fen``, ``income_<window>_upper_fen``
        Net income, a loss in business set off: the exact sum, null unless every part is known; at
        least (null: not bounded), at most (likewise). ``is_income_<window>_lower_known`` and
        ``_upper_known`` say whether there is a bound: never null.
    ``income_without_loss_<window>_fen``, ``_lower_fen``, ``_upper_fen``
        The same with a loss in business as nought: the exact sum only where there is a loss; the
        lower bound is never null.
    ``earned_<window>_fen``, ``earned_share_<window>_e4``
        Wages and net business; their share in a positive income, in ten-thousandths, rounded down.
    ``income_of_gone_<window>_fen``
        Part of single payments and months worked that are of persons who are no members on the day.
    ``wage_of_away_<window>_least_fen``, ``_most_fen``
        Wages counted that are of members who are away, who may have a budget of their own: at
        least, as far as told by person; at most, all wages. 0 where nobody is away, null where that
        is not known of somebody.
    ``income_<window>_day``
        Last day of the window.
    ``heads_without_away``
        Members on the day less those who are away; null where that is not known, or nobody is left.
    ``register_income_per_head_fen``, ``register_income_day``
        Newest net income per head that a household snapshot has, a year, and its day.
    ``register_income_before_per_head_fen``, ``register_income_before_day``
        The newest of an earlier day, where the newest is of the window of identification or later
        and that one of the window before or later: else the two are not of windows that adjoin.
    ``employment_cost_known_fen``, ``employment_cost_open``, ``employment_cost_record``
        Null here; `fanpin_risk.standards.employment_deduction` fills them.

    Parameters
    ----------
    county
        The day's records.
    choices
        Window lengths and ways of counting.

    Returns
    -------
    DataFrame
        ``home`` and `COLUMNS`; one row for each household.
    """
    windows = windows_of(county.known.as_of, choices)
    items = account_items(county, choices, min(w.first_day for w in windows))
    sums = window_sums(
        county,
        windows,
        monthly_amounts(county, choices, windows),
        None if items is None else yearly_accounts(items),
    )
    facts = window_facts(
        sums,
        counts_claims=choices.counts_claims,
        has_claims="insurance_claim" in county.tables,
    )
    found = sums.filter(nw.col("window") == 0).select("home", "heads_without_away")
    for number, window in enumerate(windows):
        found = found.join(facts_of_window(facts, window, number), on="home", how="left")
    nothing = nw.lit(None).cast(nw.Int64)
    return found.join(_register(county, windows), on="home", how="left").select(
        "home",
        *(name for name in COLUMNS if name not in _OF_DEDUCTION),
        **{name: nothing.cast(kind) for name, kind in _OF_DEDUCTION.items()},
    )


INCOME = FactTheme(name="income", level="household", columns=COLUMNS, build=build_income)
"""The income account of the household."""


def _register(county: CountyView, windows: Sequence[IncomeWindow]) -> Frame:
    """Newest income per head that a household snapshot has, and the one before it."""
    now, before = (next(w for w in windows if w.name == name) for name in (IDENTIFICATION, BEFORE))
    income = {"income": nw.col("net_income_per_head_fen")}
    rows = (
        county.tables["household_snapshot"]
        .select("home", "occurred_day", "recorded_day", "net_income_per_head_fen")
        .filter(~nw.col("home").is_null(), ~nw.col("net_income_per_head_fen").is_null())
    )
    newest = latest_answers(rows, ["home"], income).select(
        "home", _income=nw.col("income"), _day=nw.col("income|day")
    )
    earlier = (
        rows.filter(nw.col("occurred_day") >= before.first_day)
        .join(newest, on="home", how="inner")
        .filter(nw.col("occurred_day") < nw.col("_day"))
    )
    found = newest.join(latest_answers(earlier, ["home"], income), on="home", how="left")
    is_new = nw.col("_day") >= now.first_day
    return found.select(
        "home",
        register_income_per_head_fen=nw.col("_income"),
        register_income_day=nw.col("_day"),
        register_income_before_per_head_fen=nw.when(is_new).then(nw.col("income")),
        register_income_before_day=nw.when(is_new).then(nw.col("income|day")),
    )
