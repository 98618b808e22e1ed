"""Commands about the standards: their history, what holds where and when, what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanpin_risk.console import (
    DATA,
    WORDS,
    ConfigArgument,
    StandardsOption,
    day_option,
    epilog,
    progress,
    table_of,
)
from fanpin_risk.errors import ConfigError

if TYPE_CHECKING:
    from fanpin_risk.config import Configuration
    from fanpin_risk.standards.parameters import Standards
    from fanpin_risk.workflows.health import Health

SHIPPED = Path("configs/standards")
HEADER = ["类别 kind", "标准 standard", "地区 place", "说明 words"]

app = typer.Typer(
    name="standards",
    help="规则标准：历史、在用数值与核对。The standards: their history and what to look at.",
    epilog=epilog(
        "fanpin-risk standards show monitoring_line",
        "fanpin-risk standards check",
        "fanpin-risk standards health configs/simulated_county.yaml",
        "fanpin-risk standards diff configs/simulated_county.yaml --day-b 2026-01-01",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

FoldersOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--standards",
        help=f"Folder of standards, may be given again; by default {SHIPPED}, or those that the "
        "configuration names.",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        help="Configuration whose folders, readings, marks, bridge and required standards count."
    ),
]


def register(parent: typer.Typer) -> None:
    """Add the commands about standards to the command line."""
    parent.add_typer(app)


@app.command(
    epilog=epilog(
        "fanpin-risk standards show monitoring_line",
        "fanpin-risk standards show monitoring_line --place Yunnan/Yuanmou --day 2023-06-01",
    )
)
def show(
    name: Annotated[str, typer.Argument(help="The standard, such as monitoring_line.")],
    place: Annotated[
        str | None, typer.Option(help="Place, by name or code, such as 230000.")
    ] = None,
    day: Annotated[
        date | None, typer.Option(parser=day_option, metavar="YYYY-MM-DD", help="With --place.")
    ] = None,
    standards: FoldersOption = None,
    config: ConfigOption = None,
) -> None:
    """Show a standard's history; with a place and a day, the value that holds and its record."""
    from fanpin_risk.standards.history import history

    if (place is None) != (day is None):
        raise typer.BadParameter("give --place and --day together, or neither")
    found = _standards(*_named(standards, config))
    parameter = found.parameter(name)
    DATA.print(f"{parameter.title_zh} / {parameter.title_en}（{parameter.unit}）")
    DATA.print(f"负责部门 owner: {parameter.owner_zh} / {parameter.owner_en}")
    header = ["地区 place", "自 from", "至 to", "数值 value", "阶段 regime", "可信度 mark"]
    rows = [
        [
            row["place"],
            f"{row['valid_from']}{'' if row['day_is_known'] else ' (?)'}",
            str(row["valid_to"] or "…"),
            row["value"] or "未公开 not public",
            row["regime"] or "",
            row["mark"],
            row["source"],
            str(row["review_on"] or ""),
        ]
        for row in history(found, name).iter_rows(named=True)
    ]
    DATA.print(table_of([*header, "出处 source", "复核日 review"], rows))
    if place is not None and day is not None:
        _show_value(found, name, place, day)


def _show_value(standards: Standards, name: str, place: str, day: date) -> None:
    """Print what holds at a place on a day, the records it rests on, and what to mind."""
    where = standards.places.place(place)
    told = standards.resolve(name, place=place, day=day)
    words = f"{told.written} {told.unit}" if told.is_known else told.why_text
    DATA.print(f"{where.title_zh} / {where.title_en}, {day}: {words}")
    if told.is_known:
        DATA.print(f"依据 records: {told.record_text}（{', '.join(told.marks)}）")
    for caution in told.warnings:
        WORDS.print(f"注意 Mind: {caution}")


@app.command(
    epilog=epilog(
        "fanpin-risk standards check --day 2025-06-30",
        "fanpin-risk standards check --config configs/simulated_county.yaml",
    )
)
def check(
    day: Annotated[
        date | None,
        typer.Option(parser=day_option, metavar="YYYY-MM-DD", help="By default today."),
    ] = None,
    standards: FoldersOption = None,
    config: ConfigOption = None,
) -> None:
    """List overlaps, what is missing, gaps, values past review, and doubtful ones."""
    from fanpin_risk.standards.checks import KINDS, notices

    folders, configuration = _named(standards, config)
    _refuse_overlaps(folders)
    found = _standards(folders, configuration)
    required = () if configuration is None else configuration.required_standards
    told = notices(found, day or date.today(), required)
    rows = [
        [
            " ".join(KINDS[notice.kind]),
            notice.standard,
            notice.place,
            f"{notice.words_zh} / {notice.words_en}",
        ]
        for notice in told
    ]
    DATA.print(table_of(HEADER, rows))
    n_errors = sum(notice.is_error for notice in told)
    DATA.print(f"标准 standards: {len(found.parameters)}，提示 notices: {len(told) - n_errors}")
    if n_errors:
        raise ConfigError(
            f"{n_errors} required standards cannot be told. Add values to the standards, or name "
            "what the reasons say."
        )


@app.command(
    epilog=epilog(
        "fanpin-risk standards health configs/simulated_county.yaml",
        "fanpin-risk standards health configs/simulated_county.yaml --as-of 2025-07-31 "
        "--as-of 2025-08-31 --output outputs/health",
    )
)
def health(
    config: ConfigArgument,
    as_of: Annotated[
        list[str] | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="Day of decision, may be given again, such as the ends of some months; by "
            "default score_as_of.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the results; by default outputs/<name>_health."),
    ] = None,
    standards: StandardsOption = None,
) -> None:
    """Say how often every rule is met or open, what contradicts, and show both sides of each."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.health import run_health

    project = load_project(config, standards=standards)
    folder = output or Path("outputs") / f"{project.configuration.name}_health"
    days = [day_option(text) for text in as_of or ()] or [project.configuration.score_as_of]
    with progress() as step:
        found = run_health(project, folder, days=days, step=step)
    _show_health(found)
    DATA.print(f"结果 Results: {folder}")


def _show_health(health: Health) -> None:
    """Print what the rules say on the last day, what to look at, and which have no example."""
    from fanpin_risk.workflows.health import health_tables

    for header, rows in health_tables(health):
        DATA.print(table_of(header, rows))
    n_proven = sum(one.is_proven for one in health.examples)
    DATA.print(
        f"两侧均有并经运行证实的规则 rules with a household on either side, proven by running: "
        f"{n_proven} / {len(health.examples)}（{health.place}）"
    )
    for one in health.examples:
        if not one.is_proven:
            why = "; ".join(one.missing) or "未找到 not found"
            WORDS.print(f"没有示例 No example: {one.rule.name}: {why}")


@app.command(
    epilog=epilog(
        "fanpin-risk standards diff configs/simulated_county.yaml --other configs/standards "
        "--other configs/standards/simulated_county",
        "fanpin-risk standards diff configs/simulated_county.yaml --day-a 2024-12-31 "
        "--day-b 2025-08-31",
    )
)
def diff(
    config: ConfigArgument,
    other: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of the other version, may be given again, in order; by default those "
            "that the configuration names."
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=day_option,
            metavar="YYYY-MM-DD",
            help="Day of decision, of both; by default score_as_of.",
        ),
    ] = None,
    day_a: Annotated[
        date | None,
        typer.Option(
            parser=day_option,
            metavar="YYYY-MM-DD",
            help="Values of this day; by default the day of decision.",
        ),
    ] = None,
    day_b: Annotated[
        date | None,
        typer.Option(
            parser=day_option,
            metavar="YYYY-MM-DD",
            help="Values of this day in the other version; by default as the first.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="File of the changes (.parquet); by default outputs/<name>_standards_diff.parquet."
        ),
    ] = None,
    by_village: Annotated[
        bool, typer.Option("--by-village", help="Count by village, and not by place of reference.")
    ] = False,
    standards: StandardsOption = None,
) -> None:
    """Show which households' answers and proposals change from one version to another."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.standards_diff import change_rows, run_diff

    if not other and day_b is None:
        raise typer.BadParameter("give --other, or --day-b, or both: one version changes nothing")
    project = load_project(config, standards=standards)
    name = project.configuration.name
    path = output or Path("outputs") / f"{name}_standards_diff.parquet"
    with progress() as step:
        found = run_diff(
            project,
            path,
            as_of=as_of or project.configuration.score_as_of,
            others=other or (),
            day_a=day_a,
            day_b=day_b,
            step=step,
        )
    header = ["规则 rule", "地区 place", "原 before", "现 after", "户数 households"]
    DATA.print(table_of(header, change_rows(found, by_village=by_village)))
    DATA.print(
        f"答案有变的户 households with a change: {found.changes['household_id'].n_unique():,} / "
        f"{found.n_households:,}"
    )
    DATA.print(f"逐户变化 Changes: {path}")


def _refuse_overlaps(folders: Sequence[Path]) -> None:
    """List every pair of values of one place that claim one day, and end there."""
    from fanpin_risk.standards.loading import overlaps_in

    found = overlaps_in(folders)
    if found:
        rows = [
            ["重叠 overlap", o.standard, o.place, f"{o.words} ({', '.join(o.files)})"]
            for o in found
        ]
        DATA.print(table_of(HEADER, rows))
        raise ConfigError(f"{len(found)} values claim a day that another claims. End one earlier.")


def _named(
    folders: list[Path] | None, config: Path | None
) -> tuple[Sequence[Path], Configuration | None]:
    """Folders of standards that were named, and the configuration."""
    from fanpin_risk.config import Configuration
    from fanpin_risk.settings import load_settings

    if config is None:
        return folders or [SHIPPED], None
    configuration = load_settings(config, Configuration)
    return folders or [config.parent / name for name in configuration.standards], configuration


def _standards(folders: Sequence[Path], configuration: Configuration | None) -> Standards:
    """Standards of the folders, as a configuration wants to use them."""
    from fanpin_risk.config import configured_standards
    from fanpin_risk.standards.parameters import Standards

    if configuration is None:
        return Standards.load(folders)
    return configured_standards(configuration, folders)
