"""Commands about places and records: many at once, bunching at a line, and a village notice."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanpin_risk.console import (
    DATA,
    WORDS,
    AsOfOption,
    day_option,
    epilog,
    progress,
    table_of,
)

if TYPE_CHECKING:
    from fanpin_risk.report.tables import Table
    from fanpin_risk.report.words import Words

SHIPPED = Path("configs/standards")
_COUNTY = "outputs/county --as-of 2025-08-31"
_ALARM = f"fanpin-risk areas alarm {_COUNTY}"
_BUNCHING = (
    f"fanpin-risk areas bunching {_COUNTY} --standards configs/standards --standards "
    "configs/standards/simulated_county"
)
_NOTICE = (
    f"fanpin-risk areas notice {_COUNTY} --place 230199014208 --from 2025-01-01 "
    "--noticed-from 2025-09-01 --noticed-to 2025-09-06 --output outputs/notice.xlsx"
)

app = typer.Typer(
    name="areas",
    help="地方与记录：何处成规模、收入是否在线附近聚集、村级公示。"
    "Places and records: many at once, bunching at a line, and a village notice.",
    epilog=epilog(_ALARM, _BUNCHING, _NOTICE),
    no_args_is_help=True,
    rich_markup_mode=None,
)

RecordsArgument = Annotated[
    Path,
    typer.Argument(
        help="Folder of records: a store, or the folder above records/ with finished tables."
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(help="Configuration of a register whose settings count; without it the usual."),
]
FolderOption = Annotated[
    Path | None,
    typer.Option(help="Folder for Parquet, Excel and PNG; it is replaced as a whole."),
]


def _day(words: str) -> typer.models.OptionInfo:
    """Describe an option that is a day."""
    found: typer.models.OptionInfo = typer.Option(
        parser=day_option, metavar="YYYY-MM-DD", help=words
    )
    return found


def register(parent: typer.Typer) -> None:
    """Add the commands about places to the command line."""
    parent.add_typer(app)


@app.command(
    epilog=epilog(
        _ALARM,
        f"{_ALARM} --config configs/simulated_county.yaml --months 12 --output outputs/alarm",
    )
)
def alarm(
    records: RecordsArgument,
    as_of: AsOfOption,
    months: Annotated[
        int | None,
        typer.Option(min=1, max=120, help="Months reported, the last whole one included."),
    ] = None,
    config: ConfigOption = None,
    output: FolderOption = None,
) -> None:
    """Look for more households than chance brings, by village, township, cause and product."""
    from fanpin_risk.areas.alarm_settings import AlarmSettings
    from fanpin_risk.report.page_areas import many_words
    from fanpin_risk.report.tables_areas import alarm_table, untold_table
    from fanpin_risk.workflows.areas import register_configuration, run_alarm

    configuration = register_configuration(config)
    settings = (configuration and configuration.alarm) or AlarmSettings()
    if months is not None:
        settings = settings.model_copy(update={"shown_months": months})
    with progress() as step:
        told = run_alarm(records, settings, as_of=as_of, output=output, step=step)
    for table in (alarm_table(told.report), untold_table(told.report)):
        _show(table)
    said = many_words(told)
    for words in (said.found, *said.last, said.promise):
        _say(words)
    WORDS.print(f"{said.mind.zh} {said.mind.en}")
    _where(output)


@app.command(
    epilog=epilog(
        _BUNCHING,
        f"fanpin-risk areas bunching {_COUNTY} --config configs/simulated_county.yaml --output "
        "outputs/bunching",
    )
)
def bunching(
    records: RecordsArgument,
    as_of: AsOfOption,
    standards: Annotated[
        list[Path] | None,
        typer.Option(
            help=f"Folder of standards, may be given again; by default {SHIPPED}, or those that "
            "the configuration names."
        ),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(
            help="Line of a yearly income; by default monitoring_line, or the configuration's."
        ),
    ] = None,
    config: ConfigOption = None,
    output: FolderOption = None,
) -> None:
    """Ask whether incomes on record bunch at the line: about the records, never about a person."""
    from fanpin_risk.areas.bunching import BunchingSettings
    from fanpin_risk.report.page_areas import near_line_words
    from fanpin_risk.report.tables_areas import bunching_table
    from fanpin_risk.workflows.areas import (
        register_configuration,
        run_bunching,
        standards_and_line,
    )

    configuration = register_configuration(config)
    folders = standards or [SHIPPED]
    if configuration is not None and config is not None and not standards:
        folders = [config.parent / name for name in configuration.standards]
    found, asked = standards_and_line(folders, configuration, line)
    with progress() as step:
        told = run_bunching(
            records,
            found,
            (configuration and configuration.bunching) or BunchingSettings(),
            line=asked,
            as_of=as_of,
            output=output,
            step=step,
        )
    _show(bunching_table(told.reports))
    said = near_line_words(told)
    for words in (said.used, said.about):
        _say(words)
    WORDS.print(f"{said.mind.zh} {said.mind.en}")
    _where(output)


@app.command(
    epilog=epilog(
        _NOTICE,
        f"fanpin-risk areas notice {_COUNTY} --place 230199014208 --from 2025-01-01 --to "
        "2025-06-30",
    )
)
def notice(
    records: RecordsArgument,
    as_of: AsOfOption,
    place: Annotated[str, typer.Option(help="The village, as records spell it.")],
    first: Annotated[
        date,
        typer.Option(
            "--from", parser=day_option, metavar="YYYY-MM-DD", help="First day of the decisions."
        ),
    ],
    last: Annotated[
        date | None,
        typer.Option(
            "--to",
            parser=day_option,
            metavar="YYYY-MM-DD",
            help="Last day of the decisions; by default the day of --as-of.",
        ),
    ] = None,
    noticed_from: Annotated[
        date | None, _day("First day on which it hangs; by default those on record.")
    ] = None,
    noticed_to: Annotated[
        date | None, _day("Last day on which it hangs; with --noticed-from.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Workbook to write (.xlsx).")] = None,
) -> None:
    """Make a village's notice: no identity number, telephone, account or state of health."""
    from fanpin_risk.report.notice import ALLOWED
    from fanpin_risk.report.notice_book import ABOUT
    from fanpin_risk.workflows.areas import NoticePeriod, run_notice

    if (noticed_from is None) != (noticed_to is None):
        raise typer.BadParameter("give --noticed-from and --noticed-to together, or neither")
    if first > (last or as_of):
        raise typer.BadParameter(f"--from {first} is after --to {last or as_of}")
    if output is not None and output.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"--output is a workbook: {output} does not end in .xlsx")
    period = NoticePeriod(
        first=first, last=last or as_of, noticed_from=noticed_from, noticed_to=noticed_to
    )
    with progress() as step:
        shown = run_notice(
            records, place=place, period=period, as_of=as_of, output=output, step=step
        )
    header = [f"{ALLOWED[name].title.zh} {ALLOWED[name].title.en}" for name in shown.columns]
    DATA.print(
        table_of(header, [["" if v is None else str(v) for v in row] for row in shown.iter_rows()])
    )
    for words in ABOUT:
        _say(words)
    _where(output)


def _show(table: Table) -> None:
    """Print a table of the report, or say that it has no row."""
    DATA.print(f"{table.caption.zh} {table.caption.en}")
    if not table.rows:
        DATA.print("  （无 none）")
        return
    header = [f"{words.zh} {words.en}" for words in table.head]
    rows = [[f"{cell.text} {cell.note}".strip() for cell in row] for row in table.rows]
    DATA.print(table_of(header, rows))


def _say(words: Words) -> None:
    """Print a paragraph, Chinese first."""
    DATA.print(words.zh)
    DATA.print(words.en)


def _where(output: Path | None) -> None:
    """Say where the results are, if they were written."""
    if output is not None:
        DATA.print(f"结果 Results: {output}")
