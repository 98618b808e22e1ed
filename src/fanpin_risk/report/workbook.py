"""The visit plan as an Excel workbook that village teams print, carry and fill in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import polars as pl

from fanpin_risk.errors import InstallationError, SchemaError
from fanpin_risk.provenance import write_whole
from fanpin_risk.report.workbook_sheets import cell_formats, write_guide, write_lists, write_team
from fanpin_risk.report.workbook_texts import (
    GUIDE,
    GUIDE_SHEET,
    LISTS_SHEET,
    NOT_FOR_EN,
    audit_guide,
)
from fanpin_risk.targeting.plan import TEAM_COLUMNS, VISIT_COLUMNS

_NAME_LIMIT = 31


def write_visit_workbook(
    plan_visits: pl.DataFrame,
    teams: pl.DataFrame,
    path: Path,
    *,
    as_of: date,
    title_zh: str,
    title_en: str,
    created: date,
    notice: tuple[str, str] | None = None,
) -> None:
    """Write the plan as a workbook: a guide, then one sheet per team with fields to fill in.

    No sheet shows a score. The reasons of households drawn by lot are left out, so that a random
    check is made with an open mind and no low score shows through its reasons. The same input gives
    the same bytes; a run that fails leaves an earlier workbook as it was.

    Parameters
    ----------
    plan_visits
        ``Plan.visits`` of `fanpin_risk.targeting.plan`: one row per visit. Null texts stay empty.
    teams
        ``Plan.teams``: one row per team. A team without visits gets a sheet that says so.
    path
        Where the ``.xlsx`` file belongs.
    as_of
        The day of the plan. Visits can be dated from this day to 24 months later.
    title_zh, title_en
        What stands above every sheet.
    created
        The day that the file's properties name, so that the clock has no part in its bytes.
    notice
        What the guide says, in Chinese and English, about this round's random checks: see
        ``recall_notice`` of the plan.

    Raises
    ------
    InstallationError
        If xlsxwriter is not installed.
    SchemaError
        If a column is missing, or a visit belongs to a team that ``teams`` lacks.
    OutputError
        If the file cannot be written.
    """
    _check(plan_visits, teams)
    content = _workbook_bytes(
        plan_visits.sort("team", "rank"),
        teams.sort("team"),
        as_of=as_of,
        title=f"{title_zh} {title_en}",
        created=datetime.combine(created, time()),
        notice=notice,
    )
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def sheet_names(teams: Sequence[str]) -> dict[str, str]:
    """Give each team a sheet name that Excel accepts, unlike any other whatever the case.

    Signs that Excel refuses become ``_``, long names are cut to 31 UTF-16 units, and equal names
    get a number in the order of the teams.

    Examples
    --------
    >>> sheet_names(["north/1", "north:1", "South"])
    {'north/1': 'north_1', 'north:1': 'north_1 (2)', 'South': 'South'}
    """
    taken = {GUIDE_SHEET.casefold(), LISTS_SHEET.casefold(), "history"}
    names: dict[str, str] = {}
    for team in teams:
        base = "".join("_" if c in "[]:*?/\\'" or not c.isprintable() else c for c in team).strip()
        number, name = 1, _cut(base or "_", "")
        while name.casefold() in taken:
            number += 1
            name = _cut(base or "_", f" ({number})")
        taken.add(name.casefold())
        names[team] = name
    return names


def _check(visits: pl.DataFrame, teams: pl.DataFrame) -> None:
    """Raise unless both tables have what the sheets show, and fit together."""
    for name, table, needed in (
        ("plan_visits", visits, set(VISIT_COLUMNS)),
        ("teams", teams, set(TEAM_COLUMNS)),
    ):
        missing = sorted(needed - set(table.columns))
        if missing:
            raise SchemaError(f"{name} lacks the columns {missing}. Pass the tables of one Plan.")
    unknown = sorted(set(visits["team"]) - set(teams["team"]))
    if unknown:
        raise SchemaError(
            f"teams lacks the team {unknown[0]!r} of plan_visits. Pass the tables of one Plan."
        )


def _workbook_bytes(
    visits: pl.DataFrame,
    teams: pl.DataFrame,
    *,
    as_of: date,
    title: str,
    created: datetime,
    notice: tuple[str, str] | None,
) -> bytes:
    """Build the workbook in memory."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InstallationError(
            "The visit workbook needs the package xlsxwriter, which is not installed. "
            'Install it with: pip install "fanpin-risk[excel]"'
        ) from error
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": title, "comments": NOT_FOR_EN, "created": created})
    formats = cell_formats(book)
    names = sheet_names(teams["team"].to_list())
    heading = f"{title}\n截至 as of {as_of.isoformat()}"
    guide = [*GUIDE, audit_guide(notice)] if notice else GUIDE
    sheet = book.add_worksheet(GUIDE_SHEET)
    write_guide(sheet, guide, teams, names, formats, heading=heading)
    for team in teams.iter_rows(named=True):
        sheet = book.add_worksheet(names[team["team"]])
        rows = visits.filter(pl.col("team") == team["team"])
        write_team(sheet, rows, team, formats, heading=f"{title} · {team['team']}", as_of=as_of)
    write_lists(book)
    book.close()
    return buffer.getvalue()


def _cut(name: str, ending: str) -> str:
    """Shorten a name so that with its ending it has at most 31 UTF-16 units."""
    kept = name
    while len((kept + ending).encode("utf-16-le")) > 2 * _NAME_LIMIT:
        kept = kept[:-1]
    return kept.strip() + ending
