"""How long intake takes, and how much memory: millions of text rows, and a large workbook.

Run by hand on a quiet machine: ``.venv/bin/python benchmarks/intake.py [TEXT_ROWS [BOOK_ROWS]]``;
by default 10 million rows of text and 200,000 of a workbook. A small smoke test runs it too.
Seconds differ from machine to machine; the ratio to a plain read and write of the same file by
Polars (for a workbook: to reading its cells) is what to compare. Each step runs as a process of its
own.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import xlsxwriter

SOURCE = Path(__file__).parents[1] / "configs/sources/medical_insurance.yaml"
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
LAST = np.array(list("10X98765432"))
PLAIN_TEXT = """
import sys, polars as pl
pl.read_csv(sys.argv[1], infer_schema=False).write_parquet(sys.argv[2], compression="zstd")
"""
PLAIN_BOOK = """
import sys
from python_calamine import CalamineWorkbook
book = CalamineWorkbook.from_path(sys.argv[1])
print(sum(1 for row in book.get_sheet_by_index(0).iter_rows()))
"""


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    peak_mib: float


def bills(n_rows: int, seed: int) -> pl.DataFrame:
    """Draw bills as the medical insurance office writes them; one person has about four."""
    rng = np.random.default_rng(seed)
    persons = identity_numbers(max(1, n_rows // 4), rng)
    total = rng.integers(2_000, 5_000_000, n_rows)
    basic = total * rng.integers(40, 75, n_rows) // 100
    serious = np.where(total > 2_000_000, (total - basic) // 3, 0)
    own = total - basic - serious
    day = np.datetime64("2021-01-01") + rng.integers(0, 1_000, n_rows).astype("timedelta64[D]")
    later = day + rng.integers(5, 40, n_rows).astype("timedelta64[D]")
    words = rng.choice(np.array(["住院", "门诊", "门诊慢特病"]), n_rows)
    classes = rng.choice(np.array(["一般疾病", "慢性病", "大病"]), n_rows)

    def yuan(fen: np.ndarray) -> pl.Series:
        return pl.Series(fen).cast(pl.String).str.zfill(3).str.replace(r"(\d\d)$", ".$1")

    return pl.DataFrame(
        {
            "结算单号": pl.Series(np.arange(n_rows)).cast(pl.String).str.zfill(12),
            "证件号码": persons.gather(rng.integers(0, persons.len(), n_rows)),
            "姓名": pl.Series(["某某"]).new_from_index(0, n_rows),
            "就医类型": words,
            "就诊日期": pl.Series(day).dt.to_string("%Y%m%d"),
            "推送日期": pl.Series(later).dt.to_string("%Y-%m-%d"),
            "医疗总费用": yuan(total),
            "基本医保支付": yuan(basic),
            "大病保险支付": yuan(serious),
            "医疗救助支付": yuan(np.zeros(n_rows, dtype=np.int64)),
            "合规自付": yuan(own),
            "个人自付合计": yuan(own),
            "病种分类": classes,
            "是否县外就医": pl.Series(np.where(rng.random(n_rows) < 0.2, "是", "否")),
            "单据状态": pl.Series(["正常"]).new_from_index(0, n_rows),
        }
    )


def identity_numbers(n: int, rng: np.random.Generator) -> pl.Series:
    """Draw numbers of a place that does not exist, with the last character that belongs to them."""
    born = np.datetime64("1935-01-01") + rng.integers(0, 31_000, n).astype("timedelta64[D]")
    order = np.arange(n) % 1_000
    text = (
        "230199"
        + pl.Series(born).dt.to_string("%Y%m%d")
        + pl.Series(order).cast(pl.String).str.zfill(3)
    )
    digits = np.frombuffer("".join(text.to_list()).encode(), dtype=np.uint8).reshape(n, 17) - 48
    return text + pl.Series(LAST[(digits @ WEIGHTS) % 11])


def write_book(rows: pl.DataFrame, path: Path) -> None:
    """Write a workbook with a title row, as the office would."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "某县医保局医疗费用结算明细")
        page.write_row(1, 0, rows.columns)
        amounts = [
            n for n, c in enumerate(rows.columns) if c.endswith(("费用", "支付", "自付", "合计"))
        ]
        for y, row in enumerate(rows.iter_rows(), start=2):
            for x, cell in enumerate(row):
                if x in amounts:
                    page.write_number(y, x, float(cell))
                else:
                    page.write_string(y, x, cell)


def timed(command: list[str], env: dict[str, str]) -> Run:
    """Run a process and take its time and its peak memory."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(process.stderr.read().decode() if process.stderr else "failed")
    return Run(seconds, usage.ru_maxrss / 1024)


def ingest(folder: Path, name: str) -> Run:
    """Take one file into a new store."""
    config = folder / f"{name}.yaml"
    config.write_text(
        f"name: benchmark\nstore: store_{name}\ncounty: '230199'\nhistory: true\n"
        f"inputs: [{{source: {SOURCE}, files: [{name}]}}]\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "fanpin_risk", "ingest", str(config), "--root", str(folder)]
    return timed(command, {**os.environ, "FANPIN_RISK_KEY_FILE": str(folder / "key")})


def line(name: str, n_rows: int, run: Run, plain: Run) -> str:
    """Row of the table of figures."""
    return (
        f"| {name} | {n_rows:,} | {run.seconds:.1f} | {run.peak_mib:,.0f} | "
        f"{n_rows / run.seconds:,.0f} | {run.seconds / plain.seconds:.1f} |"
    )


def main(n_text: int, n_book: int) -> None:
    """Make the files, take them in, and print the figures as a Markdown table."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"Python {platform.python_version()}, Polars {pl.__version__}, "
        f"load {os.getloadavg()[0]:.1f}\n"
    )
    print("| file | rows | seconds | peak MiB | rows a second | times a plain read and write |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(  # so that making the files does not count as this process's memory
            [sys.executable, __file__, "--make", str(folder), str(n_text), str(n_book)], check=True
        )
        plain = timed(
            [sys.executable, "-c", PLAIN_TEXT, str(folder / "bills.csv"), str(folder / "plain")],
            dict(os.environ),
        )
        print(line("text, UTF-8", n_text, ingest(folder, "bills.csv"), plain), flush=True)
        print(line("text, GB18030", n_text, ingest(folder, "bills_gb.csv"), plain), flush=True)
        plain = timed(
            [sys.executable, "-c", PLAIN_BOOK, str(folder / "bills.xlsx")], dict(os.environ)
        )
        print(line("workbook", n_book, ingest(folder, "bills.xlsx"), plain), flush=True)


def make(folder: Path, n_text: int, n_book: int) -> None:
    """Write the files."""
    rows = bills(n_text, 1)
    rows.write_csv(folder / "bills.csv")
    one = (folder / "bills.csv").open(encoding="utf-8")
    with one, (folder / "bills_gb.csv").open("w", encoding="gb18030") as other:
        while text := one.read(2**22):
            other.write(text)
    write_book(bills(n_book, 2), folder / "bills.xlsx")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        sizes = [int(text) for text in sys.argv[1:3]]
        main(*(sizes + [10_000_000, 200_000][len(sizes) :]))
