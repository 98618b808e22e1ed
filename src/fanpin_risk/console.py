"""What the command line's commands share: options, words on the screen, progress, tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fanpin_risk.dates import parse_day
from fanpin_risk.errors import EXIT_CODES

WORDS = Console(stderr=True, highlight=False, soft_wrap=True)
DATA = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)


EXITS = "\b\n" + "\n".join(
    ["Exit codes:", "  0  Done.", "  2  The command line is wrong."]
    + [f" {code}  {words}" for code, words in sorted(EXIT_CODES.items())]
    + ["130  Interrupted; earlier results are unchanged."]
)


def epilog(*examples: str) -> str:
    """What stands below a command's help: examples, and what its exit codes mean."""
    lines = "\n  ".join(examples)
    return f"\b\nExample:\n  {lines}\n\n{EXITS}"


STEPS = {
    "simulate": "生成模拟县 simulating",
    "truth": "推演未来 drawing futures",
    "ingest": "入库 taking in",
    "read": "读取记录 reading records",
    "indicators": "计算指标 building indicators",
    "backtest": "滚动回测 backtest",
    "evaluate": "评估 evaluating",
    "train": "训练 training",
    "score": "评分 scoring",
    "write": "写出结果 writing results",
    "report": "生成报告 writing the report",
    "track": "登记到 MLflow / tracking in MLflow",
    "tune": "调参 tuning",
    "final-fold": "最终检验 final fold",
}


def day_option(text: str) -> date:
    """Read a day from the command line."""
    try:
        return parse_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


ConfigArgument = Annotated[
    Path, typer.Argument(help="Configuration, such as configs/argentina_eph.yaml.")
]
StandardsOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="Folder of standards, may be given again; by default those the configuration names."
    ),
]
RootOption = Annotated[
    Path, typer.Option(help="Folder under which outputs/ and models/ are written.")
]
ThreadsOption = Annotated[
    int, typer.Option(min=1, help="Threads; results are the same for any number.")
]
ModelOption = Annotated[
    Path, typer.Option(help="Folder of a trained model, such as models/argentina_eph.")
]
RecordsOption = Annotated[
    list[Path],
    typer.Option(help="File of records (.parquet, .csv, .xlsx …), may be given again; or a store."),
]
AsOfOption = Annotated[
    date,
    typer.Option(
        parser=day_option,
        metavar="YYYY-MM-DD",
        help="Day of the decision; nothing recorded after it is used.",
    ),
]
OutputOption = Annotated[
    Path, typer.Option(help="Folder for the results; it is replaced as a whole.")
]


@contextmanager
def progress() -> Iterator[Callable[[str, str], None]]:
    """Show where a long job is: a live line on a terminal, a line for each part elsewhere."""
    if WORDS.is_terminal:
        with WORDS.status("…") as status:
            yield lambda step, at: status.update(_step_words(step, at))
    else:
        yield lambda step, at: WORDS.print(_step_words(step, at))


def _step_words(step: str, at: str) -> str:
    """Words for a step and where in it the job is."""
    return f"{STEPS.get(step, step)} {at}".rstrip()


def table_of(header: list[str], rows: list[list[str]]) -> Table:
    """Return a table for the screen."""
    table = Table()
    for name in header:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
