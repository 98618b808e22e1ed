"""Commands about records: take deliveries in, look at their quality, mend, delete."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanpin_risk.console import DATA, WORDS, day_option, epilog, progress, table_of
from fanpin_risk.errors import ConfigError, InputFileError, InstallationError

if TYPE_CHECKING:
    from fanpin_risk.records.identity_key import IdentityKey
    from fanpin_risk.records.store import Store

THREADS = os.cpu_count() or 1
_KEY_VARIABLE = "FANPIN_RISK_KEY"
_KEY_FILE_VARIABLE = "FANPIN_RISK_KEY_FILE"
_COUNTS = tuple(
    f"rows_{name}"
    for name in ("read", "accepted", "quarantined", "new", "corrected", "withdrawn", "unchanged")
)
_SAMPLE_FROM = date(2022, 1, 1)
_URL_VARIABLE = "FANPIN_RISK_DATABASE_URL"

StoreOption = Annotated[Path, typer.Option(help="Folder of the store.")]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        help=f"File with the key that replaces identity numbers; made on first use. By default "
        f"the one in {_KEY_FILE_VARIABLE}, else identity.key in the user's configuration. The key "
        f"itself may stand in {_KEY_VARIABLE}."
    ),
]
DayOption = Annotated[
    date | None, typer.Option(parser=day_option, metavar="YYYY-MM-DD", help="By default today.")
]


def register(app: typer.Typer) -> None:
    """Add the commands about records to the command line."""
    app.command(epilog=epilog("fanpin-risk sample-county outputs/sample --households 300 --dirty"))(
        sample_county
    )
    app.command(epilog=epilog("fanpin-risk ingest configs/ingest_county.yaml"))(ingest)
    app.command(
        epilog=epilog(
            "fanpin-risk quality --store data/store --as-of 2023-06-30 --output outputs/quality"
        )
    )(quality)
    app.command(
        epilog=epilog("fanpin-risk quarantine --store data/store --output outputs/quarantine")
    )(quarantine)
    app.command(
        epilog=epilog(
            "fanpin-risk delete --store data/store --household H0001234",
            "fanpin-risk delete --store data/store --before 2019-01-01 --table medical_bill",
            "fanpin-risk delete --store data/store --expired",
        )
    )(delete)


def sample_county(
    output: Annotated[Path, typer.Argument(help="Folder for the files; replaced as a whole.")],
    households: Annotated[int, typer.Option(min=20, help="Households.")] = 300,
    months: Annotated[int, typer.Option(min=12, help="Months of records.")] = 24,
    first_day: Annotated[
        date | None,
        typer.Option(
            parser=day_option,
            metavar="YYYY-MM-DD",
            help=f"First of a month; by default {_SAMPLE_FROM}.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    dirty: Annotated[
        bool, typer.Option("--dirty", help="Spoil one file in four, as happens in offices.")
    ] = False,
    sources: Annotated[Path, typer.Option(help="Folder of source files.")] = Path(
        "configs/sources"
    ),
    checks: Annotated[Path, typer.Option(help="Numbers of the checks.")] = Path(
        "configs/quality.yaml"
    ),
) -> None:
    """Write a small simulated county as its offices would send it, to try the intake on."""
    try:
        from fanpin_risk.workflows.sample import write_sample
    except ModuleNotFoundError as error:
        raise InstallationError(
            f"{error.name} is not installed, and offices' files are workbooks. Run: pip install "
            '"fanpin-risk[excel]".'
        ) from error

    sample = write_sample(
        output,
        sources=sources,
        checks=checks,
        n_households=households,
        n_months=months,
        first_day=first_day or _SAMPLE_FROM,
        seed=seed,
        is_dirty=dirty,
    )
    DATA.print(f"文件 Files: {sample.n_files}, 行 rows: {sample.n_rows:,}")
    DATA.print(f"下一步 Next: fanpin-risk ingest {sample.config}")


def ingest(
    config: Annotated[Path, typer.Argument(help="Ingest configuration.")],
    received_on: DayOption = None,
    key_file: KeyFileOption = None,
    root: Annotated[Path, typer.Option(help="Folder under which outputs/ is written.")] = Path(),
    threads: Annotated[int, typer.Option(min=1, help="Threads; the store is the same.")] = THREADS,
) -> None:
    """Take offices' files into the store; what does not fit goes to a workbook to be mended."""
    from fanpin_risk.workflows.ingest import ingest as ingest_all
    from fanpin_risk.workflows.ingest import load_ingest_project

    project = load_ingest_project(config)
    folder = root / "outputs" / project.settings.name / "quarantine"
    with progress() as step:
        done = ingest_all(
            project,
            received_on=_until_today(received_on, "--received-on"),
            key=_key(key_file, project.store) if project.needs_key else None,
            database_url=os.environ.get(_URL_VARIABLE),
            workbooks=folder,
            n_threads=threads,
            step=step,
        )
    table = table_of(
        [
            "文件 file",
            "批次 batch",
            "读入 read",
            "接受 accepted",
            "隔离 quarantined",
            "新增 new",
            "更正 corrected",
            "撤销 withdrawn",
            "未变 unchanged",
        ],
        [],
    )
    totals = [0] * len(_COUNTS)
    for one in done.results:
        counts = [int(getattr(one, name)) for name in _COUNTS]
        totals = [total + n for total, n in zip(totals, counts, strict=True)]
        batch = f"{one.batch} 已入库 on file" if one.is_known_already else one.batch
        table.add_row(one.file, batch, *(f"{n:,}" for n in counts))
    table.add_section()
    table.add_row("合计 total", "", *(f"{n:,}" for n in totals))
    DATA.print(table)
    for path in done.workbooks:
        DATA.print(f"待修正 To be mended and sent again: {path}")
    for name in done.without:
        WORDS.print(f"没有文件 No file came: {name}")
    for bad in done.refused:
        WORDS.print(f"{type(bad.error).__name__}: {bad.error}")
    if done.refused:
        raise typer.Exit(done.refused[0].error.exit_code)


def quality(
    store: StoreOption,
    output: Annotated[Path, typer.Option(help="Folder for quality.html and quality.xlsx.")],
    as_of: DayOption = None,
    checks: Annotated[Path, typer.Option(help="Numbers of the checks.")] = Path(
        "configs/quality.yaml"
    ),
    title_zh: Annotated[str, typer.Option(help="Title, Chinese.")] = "监测记录质量报告",
    title_en: Annotated[str, typer.Option(help="Title, English.")] = "Quality of the records",
) -> None:
    """Check what is on file, by source, place and month, and over batches."""
    from fanpin_risk.records.quality.settings import load_quality_settings
    from fanpin_risk.workflows.quality import write_quality

    report = write_quality(
        _store(store),
        output,
        as_of=as_of or date.today(),
        settings=load_quality_settings(checks),
        title_zh=title_zh,
        title_en=title_en,
    )
    states = report.checks["state"].value_counts(sort=True).rows()
    DATA.print(table_of(["checks", "n"], [[str(state), str(n)] for state, n in states]))
    DATA.print(f"报告 Report: {output / 'quality.html'}")


def quarantine(
    store: StoreOption,
    output: Annotated[Path, typer.Option(help="Folder for the workbooks.")],
) -> None:
    """Write what is still set aside as workbooks, one for each batch, to be mended."""
    from fanpin_risk.workflows.ingest import write_open_quarantine

    paths = write_open_quarantine(_store(store), output)
    for path in paths:
        DATA.print(f"待修正 To be mended and sent again: {path}")
    if not paths:
        DATA.print("没有待修正的行 Nothing is set aside.")


def delete(
    store: StoreOption,
    household: Annotated[str | None, typer.Option(help="Household number.")] = None,
    before: Annotated[
        date | None,
        typer.Option(
            parser=day_option,
            metavar="YYYY-MM-DD",
            help="Records that happened before this day (excluded).",
        ),
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help="With --before: these tables.")] = None,
    expired: Annotated[
        bool, typer.Option("--expired", help="Records kept longer than their contract says.")
    ] = False,
    on: DayOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Delete a household, or what is old, from every file of the store; the log says so."""
    from fanpin_risk.records.contracts import TABLES
    from fanpin_risk.records.deletion import delete_household, delete_older, kept_from
    from fanpin_risk.settings import nearest

    asked_on = _until_today(on, "--on")
    if sum([household is not None, before is not None, expired]) != 1:
        raise ConfigError("Say one of --household, --before and --expired.")
    if table and before is None:
        raise ConfigError("--table goes with --before. Leave it out, or say from which day on.")
    for name in table or ():
        if name not in TABLES:
            raise ConfigError(f"{name!r} is no record table. {nearest(name, list(TABLES))}")
    place = _store(store)
    if household is not None:
        done = delete_household(place, household, key=_key(key_file, store), asked_on=asked_on)
    elif before is not None:
        done = delete_older(place, dict.fromkeys(table or TABLES, before), asked_on=asked_on)
    else:
        done = delete_older(place, kept_from(asked_on), asked_on=asked_on)
    rows = [[name, f"{n:,}"] for name, n in done.rows.items() if n]
    head = ["表 table", "删除行数 rows deleted"]
    DATA.print(table_of(head, [*rows, ["另存 apart", f"{done.rows_apart:,}"]]))
    DATA.print(
        "原始文件和待修正工作簿不在库内，请另行删除。"
        "Offices' files and workbooks to be mended lie outside the store: delete them yourself."
    )


def _until_today(day: date | None, option: str) -> date:
    """Day given, or today; a day to come is a slip that would bar later deliveries."""
    today = date.today()
    if day is not None and day > today:
        raise ConfigError(f"{option} {day} is still to come (today is {today}). Mend the day.")
    return day or today


def _store(folder: Path) -> Store:
    """Open a store that is there."""
    from fanpin_risk.records.store import Store

    if not (folder / "store.json").exists():
        raise InputFileError(f"{folder}: there is no store. Fill one with `fanpin-risk ingest`.")
    return Store(folder)


def _key(key_file: Path | None, store: Path) -> IdentityKey:
    """Key from the environment, or from its file, which must not stand in the store."""
    from fanpin_risk.records.identity_key import key_from_text, load_or_make_key

    text = os.environ.get(_KEY_VARIABLE)
    if key_file is None and text:
        return key_from_text(text, where=_KEY_VARIABLE)
    named = os.environ.get(_KEY_FILE_VARIABLE)
    path = key_file or (Path(named) if named else Path.home() / ".config/fanpin_risk/identity.key")
    if path.resolve().is_relative_to(store.resolve()):
        raise ConfigError(f"{path}: the identity key must not stand in the store. Keep it apart.")
    is_new = not path.exists()
    key = load_or_make_key(path)
    if is_new:
        WORDS.print(f"新建证件号码密钥，请妥善备份 New identity key, keep a copy of it: {path}")
    return key
