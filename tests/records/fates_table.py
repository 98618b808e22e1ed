"""The table of faults and fates, made from what became of spoiled files.

``python tests/records/fates_table.py`` writes it to docs/faults.md.
"""

from __future__ import annotations

import runpy
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fanpin_risk.records.values import MENDING_RULES
from fanpin_risk.simulate.faults import FAULTS, FAULTS_LATE
from fanpin_risk.simulate.faults_base import day_of, number_of

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs/faults.md"

FATES: dict[str, tuple[str, str]] = {
    "mended": ("按列明的规则改正后接收", "accepted, equal to the clean row, by the rule named"),
    "unread": ("所在列不采集，其余照收", "it stands in a column that is not read; accepted"),
    "no row": ("不是记录，计入空行数", "the line is no record, and counted as such"),
    "marked": (
        "接收并留下标记或计数",
        "accepted with a mark of a check, or its column counted as not used",
    ),
    "quarantined": (
        "整行隔离，原文、行号和原因保留",
        "set aside with its text, line and reason",
    ),
    "refused": (
        "整个文件退回，一句话说明文件、位置和办法",
        "the whole file comes back with one line that says why",
    ),
    "unknown": (
        "接收，该值按“不知道”计，不作“否”或零",
        "accepted without that value: not known, never no or zero",
    ),
    "as written": (
        "单凭本行看不出，按所写接收",
        "accepted as it is written: nothing in the row shows it",
    ),
    "not sent": ("文件里没有这些行", "the rows are not in the file"),
}
"""Fates, in the order in which the table names them."""

STATED: dict[str, tuple[str, str]] = {
    "trim": ("去除前后空白", "space around a value means nothing"),
    "unknown word": ("来源文件列明的“不知道”", "a word that the source file lists as not known"),
    "same value": ("同一数值或日期的另一写法", "the same number or day in another form"),
    "known word": ("来源文件列明的另一写法", "another word that the source file lists"),
    "layout": ("表头、编码、版式按通用规则识别", "header, encoding and layout are recognised"),
}
"""Rules that are not counted, since they change no value."""

CHECKS: dict[str, tuple[str, str]] = {
    "number": ("不是数或小数位过多", "no number, or too many decimals"),
    "range": ("超出范围", "outside the range"),
    "code": ("不在代码表内", "not in the code list"),
    "day": ("不是日期", "no day"),
    "order": ("登记日期缺失或早于发生日期", "entered before it occurred, or no day of entry"),
    "future": ("晚于收到日期", "later than the day the file came"),
    "household": ("户编号缺失或不可信", "household number missing or not to be trusted"),
    "person": ("不是证件号码", "no identity number"),
    "destroyed": ("证件号码被Excel毁坏", "identity number destroyed by Excel"),
    "required": ("必填而为空", "required and empty"),
    "text": ("乱码或网页代码", "lost characters or markup"),
    "fields": ("字段数不符", "other number of fields than the header"),
    "quotes": ("引号错乱", "quotes astray"),
    "encoding": ("本行编码不符", "line in another encoding"),
    "copy": ("重复行", "a row twice"),
    "conflict": ("同一记录说法不同", "one record, two versions at once"),
    "nothing_to_withdraw": ("撤销的记录不存在", "takes back what is not on file"),
}
"""Reasons of quarantine; numbers such as 14.05 are the quality checks of that number."""

Pair = tuple[str, str]


def document(outcomes: Mapping[str, Sequence[Any]]) -> str:
    """Text of docs/faults.md; ``outcomes`` has those of every fault by its name."""
    late = {fault.name for fault in FAULTS_LATE}
    rows = []
    for fault in FAULTS:
        cell = fate_cell(outcomes[fault.name])
        when = "late 后" if fault.name in late else "early 先"
        rows.append(
            f"| `{fault.name}` | {fault.title_zh} | {fault.title_en} | {fault.level} | {when} "
            f"| {cell} |"
        )
    return "\n".join([*_head(len(FAULTS), len(late)), *rows, ""])


def _head(n_faults: int, n_late: int) -> list[str]:
    """Lines above the table."""
    return [
        "# 故障与去向 · Faults and their fates",
        "",
        "<!-- generated: python tests/records/fates_table.py -->",
        "",
        f"每种故障注入办公室文件约八行，入库后逐行核对去向。共 {n_faults} 种，其中 {n_late} 种"
        "在入库程序完成之后设计（late 后）。任何一种都不丢行、不报程序错误，"
        "未受影响的行与原件一致。",
        "",
        "Each kind of fault is put into about eight rows of offices' files, and every row is "
        f"followed into the store. Of the {n_faults} kinds, {n_late} were designed after the "
        "intake was finished (late). In all of them no row is lost, no traceback is shown, and "
        "rows that the fault did not touch arrive equal to the originals. Made and compared by "
        "`tests/records/test_fates.py`; written anew by `python tests/records/fates_table.py`.",
        "",
        *_legend("去向 Fates", FATES),
        *_legend(
            "隔离原因 Reasons of quarantine (a number is the quality check of that number)", CHECKS
        ),
        *_legend("改正规则 Rules of mending (counted in the log)", MENDING_RULES),
        *_legend("另有 Others (they change no value)", STATED),
        "## 对照表 Table",
        "",
        "| 故障 fault | 名称 | what it is | level | when | 去向 fate: by |",
        "| --- | --- | --- | --- | --- | --- |",
    ]


def _legend(title: str, words: Mapping[str, Pair]) -> list[str]:
    """Lines that say what words of the table mean."""
    return [f"## {title}", "", *(f"- `{k}` {zh} · {en}" for k, (zh, en) in words.items()), ""]


def fate_cell(outcomes: Sequence[Any]) -> str:
    """Fates of a fault with what they came by: ``mended: spaces; quarantined: code, number``."""
    found: dict[str, dict[str, None]] = {}
    for fate, by in (pair for outcome in outcomes for pair in fates_of(outcome)):
        found.setdefault(fate, {})[by] = None
    parts = []
    for fate in FATES:
        if fate in found:
            reasons = ", ".join(sorted(found[fate].keys() - {""}))
            parts.append(f"**{fate}**: {reasons}" if reasons else f"**{fate}**")
    return "; ".join(parts)


def fates_of(outcome: Any) -> Iterator[Pair]:
    """Fates in one file with what they came by, each perhaps several times."""
    if outcome.taken.refusal:
        yield "refused", ""
        return
    faulty = outcome.faulty
    if faulty.removed:
        yield "not sent", ""
    for key in faulty.added:
        yield from _of_line(outcome, key)
    touched = faulty.touched or (() if faulty.added else outcome.clean.sheet.keys)
    for key in touched:
        if key in outcome.fates:
            yield from _of_row(outcome, key)


def _of_line(outcome: Any, key: str) -> Iterator[Pair]:
    """Fate of a line that the fault added."""
    fate = outcome.fates.get(key)
    if fate is None or fate.where == "nowhere":
        yield "no row", ""
    elif fate.where == "quarantined":
        yield from _quarantined(outcome, fate.line)
    else:
        yield "as written", ""


def _of_row(outcome: Any, key: str) -> Iterator[Pair]:
    """Fate of a row that the fault touched."""
    fate = outcome.fates[key]
    if fate.where == "quarantined":
        yield from _quarantined(outcome, fate.line)
    elif fate.where == "equal":
        yield from _accepted(outcome, key)
    elif marks := new_marks(outcome, key):
        yield from (("marked", check) for check in marks)
    elif only_lost(outcome.clean.content[key], outcome.taken.accepted[fate.line]):
        yield "unknown", ""
    else:
        lossy = [rule for rule in new_rules(outcome) if rule in ("month_only", "excel_serial")]
        yield "as written", lossy[0] if lossy else ""


def _quarantined(outcome: Any, line: int) -> Iterator[Pair]:
    """Reasons for which the row on a line was set aside."""
    for check in outcome.taken.quarantined[line]["checks"].split(","):
        yield "quarantined", check


def _accepted(outcome: Any, key: str) -> Iterator[Pair]:
    """How a row came to be equal to the clean one."""
    known = set(outcome.clean.taken.entry["columns_not_used"])
    if set(outcome.taken.entry["columns_not_used"]) - known:
        yield "marked", "columns_not_used"
        return
    changed = changed_cells(outcome, key)
    needed = set(outcome.clean.source.columns_needed())
    names = {name for name, _, _ in changed} or _columns_gone(outcome)
    if names and not names & needed:
        yield "unread", ""
    elif rules := new_rules(outcome):
        yield from (("mended", rule) for rule in rules)
    else:
        yield "mended", _stated(changed)


def _stated(changed: Sequence[tuple[str, Any, Any]]) -> str:
    """Rule by which a change that is not counted means nothing."""
    if not changed:
        return "layout"
    (_, old, new), *_ = changed
    if old is None or old == "":
        return "unknown word"
    if str(old) != str(new) and str(old).strip() == str(new).strip():
        return "trim"
    is_value = number_of(old) is not None or day_of(old) is not None
    return "same value" if is_value else "known word"


def changed_cells(outcome: Any, key: str) -> list[tuple[str, Any, Any]]:
    """Cells of a row that the fault changed: column, clean, spoiled; none where bytes changed."""
    clean, spoiled = outcome.clean.sheet, outcome.faulty.sheet
    if spoiled is None or spoiled.header != clean.header:
        return []
    old = clean.rows[clean.keys.index(key)]
    new = spoiled.rows[spoiled.keys.index(key)]
    pairs = zip(clean.header, old, new, strict=False)
    return [(name, a, b) for name, a, b in pairs if repr(a) != repr(b)]


def _columns_gone(outcome: Any) -> set[str]:
    """Columns of the clean file that the spoiled one does not have any more."""
    clean, spoiled = outcome.clean.sheet, outcome.faulty.sheet
    is_shorter = spoiled is not None and len(spoiled.header) < len(clean.header)
    return set(clean.header) - set(spoiled.header) if is_shorter else set()


def new_rules(outcome: Any) -> list[str]:
    """Rules that mended more values in the spoiled file than in the clean one."""
    before, after = (_rules(t.entry["mended"]) for t in (outcome.clean.taken, outcome.taken))
    return sorted(rule for rule in after if after[rule] > before.get(rule, 0))


def _rules(mended: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Values mended by each rule."""
    found: dict[str, int] = {}
    for one in mended:
        found[one["rule"]] = found.get(one["rule"], 0) + one["n_values"]
    return found


def new_marks(outcome: Any, key: str) -> list[str]:
    """Checks that mark an accepted row."""
    return sorted(set(outcome.taken.marks.get(outcome.fates[key].line, ())))


def only_lost(clean: Any, accepted: Any) -> bool:
    """Whether an accepted row says nothing else than the clean one, but perhaps less."""
    return all(any(_says_less(one, other) for other in clean) for one in accepted)


def _says_less(one: Any, other: Any) -> bool:
    """Whether each value of a record is that of another, or missing; its number may differ."""
    if one[0] != other[0]:
        return False
    whole = dict(other[1])
    return all(
        value is None or name == "record_id" or value == whole[name] for name, value in one[1]
    )


def main() -> None:
    """Spoil the files anew and write the document."""
    run = runpy.run_path(str(HERE / "fates_run.py"))
    with tempfile.TemporaryDirectory() as folder:
        runs = run["Runs"](Path(folder))
        outcomes = {fault.name: runs.of(fault) for fault in FAULTS}
    DOCUMENT.write_text(document(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
