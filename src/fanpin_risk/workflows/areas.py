"""Many at once, bunching at a line, and a village notice, each from a folder of records alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from fanpin_risk.areas.alarm_settings import AlarmSettings
from fanpin_risk.areas.bunching import BunchingSettings
from fanpin_risk.areas.decisions import decisions_between, villages_of
from fanpin_risk.areas.told import (
    AlarmTold,
    BunchingTold,
    alarm_told,
    bunching_told,
)
from fanpin_risk.config import Configuration, configured_standards
from fanpin_risk.errors import AsOfError, ConfigError, SchemaError
from fanpin_risk.household.placement import Facts, facts_of
from fanpin_risk.provenance import folder_written_whole, require_place
from fanpin_risk.records.timeline import known_as_of
from fanpin_risk.report.areas_book import write_areas_book
from fanpin_risk.report.figures import figures_of
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.notice import village_notice
from fanpin_risk.report.notice_book import write_village_notice
from fanpin_risk.report.words import Words
from fanpin_risk.settings import load_settings, nearest
from fanpin_risk.standards.lines import check_line
from fanpin_risk.standards.parameters import Standards
from fanpin_risk.workflows.reading import read_folder
from fanpin_risk.workflows.results import write_parquet

Step = Callable[[str, str], None]

NEED_LINE = "monitoring_line"
"""The line asked about where nobody names one."""
NOTICE_TITLE = Words("防止返贫监测对象评议结果公示", "Results of the appraisal")
"""What stands at the top of a notice."""


@dataclass(frozen=True, kw_only=True)
class NoticePeriod:
    """Decisions of which days are told, and which days the notice hangs.

    ``noticed_from`` and ``noticed_to``: None takes the days on record.
    """

    first: date
    last: date
    noticed_from: date | None = None
    noticed_to: date | None = None


def register_configuration(path: Path | None) -> Configuration | None:
    """Read a configuration whose settings count; None: the usual ones.

    Raises
    ------
    ConfigError
        If it cannot be used, or is of a survey.
    """
    if path is None:
        return None
    found = load_settings(path, Configuration)
    if found.basis != "register":
        raise ConfigError(
            f"{path}: basis is {found.basis}. Places and lines are told of a register: name a "
            "configuration with basis: register."
        )
    return found


def run_alarm(
    records: Path, settings: AlarmSettings, *, as_of: date, output: Path | None, step: Step
) -> AlarmTold:
    """Look for many at once as known on a day, and write it where asked.

    Parameters
    ----------
    records
        A store, or the folder above the record tables.
    settings
        Of the alarm.
    as_of
        The day: what happened or was recorded later has no part.
    output
        Folder that is replaced as a whole; None: nothing is written.
    step
        Told what is done.

    Raises
    ------
    AsOfError
        If no month can be counted by then.
    """
    _require(output)
    facts = _facts(records, as_of, step)
    step("查找成规模情况 looking for many at once", str(as_of))
    told = alarm_told(facts, settings)
    if told.report.months.is_empty():
        raise AsOfError(
            f"No month can be judged on {as_of}: no village is on record, or fewer whole months "
            f"have passed than the longest window has ({max(settings.windows)}). Choose a later "
            "day."
        )
    _write(output, told, as_of, step)
    return told


def run_bunching(
    records: Path,
    standards: Standards,
    settings: BunchingSettings,
    *,
    line: str,
    as_of: date,
    output: Path | None,
    step: Step,
) -> BunchingTold:
    """Ask whether incomes bunch at a line as known on a day, and write it where asked.

    Parameters as `run_alarm`; ``standards`` and ``line`` are those of `standards_and_line`.
    """
    _require(output)
    facts = _facts(records, as_of, step)
    step("检验收入记录 testing incomes on record", str(as_of))
    told = bunching_told(facts, standards, line, settings)
    _write(output, told, as_of, step)
    return told


def run_notice(
    records: Path,
    *,
    place: str,
    period: NoticePeriod,
    as_of: date,
    output: Path | None,
    step: Step,
) -> pl.DataFrame:
    """Give the notice of a village for decisions of a period, and write the workbook where asked.

    Returns
    -------
    DataFrame
        Of `village_notice`: what hangs in the village, and no more.

    Raises
    ------
    SchemaError
        If there is no such village, nothing was decided, a decision has no days of notice on record
        and none are given, or a cell tells more than a notice may.
    """
    facts = _facts(records, as_of, step)
    villages = villages_of(facts)
    if place not in villages:
        raise SchemaError(
            f"{place!r} is no village of the records on {as_of}. {_villages(place, villages)}"
        )
    rows = decisions_between(facts, period.first, period.last).filter(pl.col("place") == place)
    if rows.is_empty():
        raise SchemaError(
            f"No decision on a household of {place!r} from {period.first} to {period.last} is on "
            f"record on {as_of}. Choose other days."
        )
    dated = _with_days(rows, period)
    shown = village_notice(dated, place=place)
    if output is not None:
        step("write", "")
        write_village_notice(dated, output, place=place, title=NOTICE_TITLE, created=as_of)
    return shown


def standards_and_line(
    folders: Sequence[Path], configuration: Configuration | None, line: str | None
) -> tuple[Standards, str]:
    """Standards as a configuration uses them, and the line that is asked about.

    Raises
    ------
    ConfigError
        If there is no such line, or it is none of a yearly income.
    """
    if configuration is None:
        found, asked = Standards.load(folders), line or NEED_LINE
    else:
        found = configured_standards(configuration, folders)
        asked = line or configuration.need_line
    check_line(found, asked, on="register")
    return found, asked


def _facts(records: Path, as_of: date, step: Step) -> Facts:
    """Facts of a folder of records, as known on a day."""
    step("read", "")
    return facts_of(known_as_of(read_folder(records).records, as_of))


def _require(output: Path | None) -> None:
    """Refuse a place that cannot be written before a long job."""
    if output is not None:
        require_place(output)


def _write(output: Path | None, told: AlarmTold | BunchingTold, as_of: date, step: Step) -> None:
    """Write frames, figures and workbook into a folder, whole."""
    if output is None:
        return
    step("write", "")
    with folder_written_whole(output) as new:
        for name, frame in told.files().items():
            write_parquet(frame, new / f"{name}.parquet")
        font = figure_font(notice=lambda line: step("write", line))
        for name, figure in figures_of(told, font=font).items():
            figure.savefig(new / f"{name}.png", dpi=150, metadata={"Software": None})
        name = "alarms" if isinstance(told, AlarmTold) else "bunching"
        write_areas_book(told, new / f"{name}.xlsx", created=as_of)


def _villages(place: str, villages: Sequence[str]) -> str:
    """Name the nearest village, or say how many there are: a county has hundreds."""
    hint = nearest(place, list(villages))
    return hint if hint.startswith("Did") else f"{len(villages)} villages are on record."


def _with_days(rows: pl.DataFrame, period: NoticePeriod) -> pl.DataFrame:
    """Rows with the days on which the notice hangs, or raise where they are not known."""
    if period.noticed_from is not None and period.noticed_to is not None:
        return rows.with_columns(
            noticed_from=pl.lit(period.noticed_from, dtype=pl.Date),
            noticed_to=pl.lit(period.noticed_to, dtype=pl.Date),
        )
    missing = pl.col("noticed_from").is_null() | pl.col("noticed_to").is_null()
    n_missing = rows.filter(missing).height
    if n_missing:
        raise SchemaError(
            f"{n_missing} of {rows.height} decisions have no days of notice on record (an exit "
            "never has). Give --noticed-from and --noticed-to."
        )
    return rows
