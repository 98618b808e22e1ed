"""Faults that only several rows together show, and the version that each record becomes.

A row is judged only by rows that became known no later, and by what the store holds. So what is
entered later never changes what is accepted of what was known before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts import TABLES, Table, frame_schema
from fanpin_risk.records.copies import copies
from fanpin_risk.records.files import LINE
from fanpin_risk.records.rows import FAULTS_SCHEMA, GIVEN_VERSION, KNOWN, NUMBER_FITS
from fanpin_risk.records.source import Source

STATES = ("unchanged", "new", "corrected", "withdrawn")
"""What a record is to the store; of a row's records the last in this order counts."""

FAULT_WORDS: dict[str, tuple[str, str]] = {
    "copy": (
        "与另一行完全相同（记录编号重复）",
        "exact copy of another row (duplicate record_id)",
    ),
    "conflict": (
        "同一户同一日有不同的行（记录编号重复），无法判断以哪行为准",
        "duplicate record_id: rows of one household and day differ, and which one is right is "
        "not known",
    ),
    "later": (
        "同一户同一日已有更早登记的行（记录编号重复）；更正须编为下一版",
        "duplicate record_id: another row of this household and day was known earlier; number "
        "corrections 2, 3 …",
    ),
    "contradiction": (
        "地区数据与同地同日其他行不一致",
        "the place's figure differs from the other rows of that place and day",
    ),
    "gap": (
        "前一版缺失、已隔离或登记更晚，本版无法接续",
        "version: the one before it is missing, set aside or was recorded later",
    ),
    "stale": (
        "库中已有登记更晚的版本，本行内容与之不同：是旧数据，还是漏了登记日期？",
        "a version recorded later is on file and says otherwise: is this old, or is its recorded "
        "day wrong?",
    ),
    "nothing_to_withdraw": (
        "要撤销的记录不在库中",
        "takes back a record that is not on file",
    ),
    "empty": ("本行没有可保存的内容", "the row holds nothing that is kept"),
}
"""Kinds of fault that several rows, or a row and the store, show together."""

_GRAVEST = ("conflict", "contradiction", "stale", "nothing_to_withdraw", "gap", "later", "copy")
ENTERED = "entered_on"
_OWN = (LINE, KNOWN, GIVEN_VERSION, NUMBER_FITS, "county", ENTERED, "record_id")

Stored = Callable[[Table, pl.Series], pl.DataFrame]
"""Hands out the versions on file of some records: the columns of `frame_schema` and entered_on."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Records with their version and state, and the rows set aside with their reasons.

    ``records`` has one frame for each of those given, in their order, with ``version`` and
    ``state`` beside the columns they had. Rows set aside are in none of them.
    """

    records: tuple[pl.DataFrame, ...]
    faults: pl.DataFrame


@dataclass(frozen=True)
class _Part:
    """Records of one mapping, and the contract of their table."""

    table: Table
    frame: pl.DataFrame
    is_carried: bool


def nothing_stored(table: Table, record_ids: pl.Series) -> pl.DataFrame:
    """Answer for a store that is empty."""
    return pl.DataFrame(schema={**frame_schema(table), ENTERED: pl.Date()})


def resolve(
    source: Source,
    records: Sequence[pl.DataFrame],
    stored: Stored = nothing_stored,
    n_others: pl.DataFrame | None = None,
) -> Resolved:
    """Give every record its version, and set rows aside that do not fit together.

    Parameters
    ----------
    source
        What the rows were read by.
    records
        Frames of `type_rows`, without the rows at fault; ``_line`` names a row in all of them.
    stored
        What the store holds of the same records.
    n_others
        ``_line`` and ``n``: how many records a row holds beside those given, where not all are.

    Raises
    ------
    SchemaError
        If the rows that gave a place's figure for a day first contradict each other evenly.
    """
    parts = [
        _Part(TABLES[mapping.table], frame, _is_carried(source, mapping.table))
        for mapping, frame in zip(source.mappings(), records, strict=True)
    ]
    has_versions = source.version is not None
    faults = [pl.DataFrame(schema=FAULTS_SCHEMA)]

    def drop(kinds: dict[str, list[pl.Series]]) -> list[_Part]:
        aside = _aside(kinds)
        faults.append(aside)
        return _without(parts, aside[LINE])

    parts = drop(_doubles(parts, has_versions, n_others))
    parts = drop({"conflict": _said_twice(parts)})
    parts = drop({"contradiction": _contradictions(parts, source)})
    while True:
        versioned = [
            _versions_given(part, stored) if has_versions else _versions(part, stored)
            for part in parts
        ]
        kinds: dict[str, list[pl.Series]] = {}
        for _, found in versioned:
            for kind, lines in found.items():
                kinds.setdefault(kind, []).extend(lines)
        if not any(lines.len() for all_lines in kinds.values() for lines in all_lines):
            break
        parts = drop(kinds)
    return Resolved(records=tuple(frame for frame, _ in versioned), faults=pl.concat(faults))


def _is_carried(source: Source, table: str) -> bool:
    """Whether a place's figures stand in the rows of households, once for each of them."""
    return TABLES[table].key == "place" and any(
        TABLES[mapping.table].key != "place" for mapping in source.mappings()
    )


def _without(parts: list[_Part], lines: pl.Series) -> list[_Part]:
    """Records of the rows that are not set aside."""
    if lines.len() == 0:
        return parts
    aside = lines.unique().to_frame(LINE)
    return [replace(part, frame=part.frame.join(aside, on=LINE, how="anti")) for part in parts]


def _aside(kinds: dict[str, list[pl.Series]]) -> pl.DataFrame:
    """Fault lines, of each row its gravest fault."""
    found = [
        pl.DataFrame({LINE: lines, "grade": _GRAVEST.index(kind)})
        for kind, all_lines in kinds.items()
        for lines in all_lines
    ]
    if not found:
        return pl.DataFrame(schema=FAULTS_SCHEMA)
    worst = pl.concat([part.cast({LINE: pl.Int64, "grade": pl.Int32}) for part in found])
    worst = worst.group_by(LINE).agg(pl.col("grade").min()).sort(LINE)
    return fault_rows(worst[LINE], [_GRAVEST[grade] for grade in worst["grade"].to_list()])


def fault_rows(lines: pl.Series, kinds: Sequence[str]) -> pl.DataFrame:
    """Fault lines for rows and their kinds of fault, in words."""
    return pl.DataFrame(
        {
            LINE: lines,
            "check": list(kinds),
            "columns": [""] * len(kinds),
            "reason_zh": [FAULT_WORDS[kind][0] for kind in kinds],
            "reason_en": [FAULT_WORDS[kind][1] for kind in kinds],
        },
        schema=FAULTS_SCHEMA,
    )


def _doubles(
    parts: list[_Part], has_versions: bool, n_others: pl.DataFrame | None
) -> dict[str, list[pl.Series]]:
    """Rows that say the same record twice, or differently, as of one version or one day."""
    found: dict[str, list[pl.Series]] = {"copy": [], "conflict": [], "later": []}
    shared = []
    for number, part in enumerate(parts):
        if part.is_carried:
            continue
        key = ["record_id", GIVEN_VERSION if has_versions else ENTERED]
        is_doubled = part.frame.select(key).is_duplicated()
        if not is_doubled.any():
            continue
        several = _with_carried(part.frame.filter(is_doubled), parts)
        value = [name for name in several.columns if name != LINE]
        marked = (
            several.sort(LINE)
            .with_columns(
                _is_first=pl.col(KNOWN) == pl.col(KNOWN).min().over(key),
                _value=pl.struct(value),
            )
            .with_columns(_n_kinds=pl.col("_value").filter("_is_first").n_unique().over(key))
        )
        agreed = marked.filter(pl.col("_n_kinds") == 1)
        record = pl.concat_str(pl.lit(f"{number}/"), *key, ignore_nulls=True)
        shared.append(agreed.filter("_is_first").select(LINE, record=record))
        found["later"].append(agreed.filter(~pl.col("_is_first"))[LINE])
        found["conflict"].append(marked.filter(pl.col("_n_kinds") > 1)[LINE])
    if shared:
        found["copy"].append(copies(pl.concat(shared), _n_records(parts, n_others)))
    return found


def _n_records(parts: list[_Part], n_others: pl.DataFrame | None) -> pl.DataFrame:
    """How many records each row holds, a place's figures aside."""
    lines = pl.concat([part.frame.select(LINE) for part in parts if not part.is_carried])
    n_of = lines.group_by(LINE).agg(n=pl.len().cast(pl.Int64))
    if n_others is None:
        return n_of
    return pl.concat([n_of, n_others.cast({"n": pl.Int64})]).group_by(LINE).agg(pl.col("n").sum())


def _with_carried(rows: pl.DataFrame, parts: list[_Part]) -> pl.DataFrame:
    """Rows with the figures of places that they carry: a row that differs there is no copy."""
    for number, part in enumerate(parts):
        if part.is_carried:
            figures = part.frame.select(LINE, pl.struct(part.table.names).alias(f"_{number}"))
            rows = rows.join(figures, on=LINE, how="left")
    return rows


def _said_twice(parts: list[_Part]) -> list[pl.Series]:
    """Rows of which two mappings make one and the same record."""
    found = []
    for name in {part.table.name for part in parts}:
        same = [part.frame.select(LINE, "record_id") for part in parts if part.table.name == name]
        if len(same) < 2:
            continue
        owners = pl.concat([f.with_columns(_part=pl.lit(n)) for n, f in enumerate(same)])
        several = owners.filter(pl.col("_part").n_unique().over("record_id") > 1)
        found.append(several[LINE])
    return found


def _contradictions(parts: list[_Part], source: Source) -> list[pl.Series]:
    """Rows whose figure for a place and day is not what most rows known first say."""
    found = []
    for number, part in enumerate(parts):
        if not part.is_carried:
            continue
        mapped = source.mappings()[number].fields
        for figure in (name for name in mapped if name not in part.table.identifies):
            given = part.frame.filter(pl.col(figure).is_not_null())
            pairs = given.select("record_id", figure).unique()
            if not pairs["record_id"].is_duplicated().any():
                continue
            is_first = pl.col(KNOWN) == pl.col(KNOWN).min().over("record_id")
            said = given.filter(is_first).group_by("record_id", figure).len()
            usual = said.filter(pl.col("len") == pl.col("len").max().over("record_id"))
            even = usual.filter(pl.len().over("record_id") > 1)["record_id"]
            if even.len():
                days = given.filter(pl.col("record_id").is_in(even.implode()))["occurred_on"]
                raise SchemaError(
                    f"The rows of {days.sort()[0]} give different medians, equally often. One "
                    f"place and day has one figure: mend column {mapped[figure].column!r}."
                )
            marked = part.frame.join(
                usual.select("record_id", _usual=figure), on="record_id", how="left"
            )
            found.append(marked.filter((pl.col(figure) != pl.col("_usual")).fill_null(False))[LINE])
    return found


def _with_figures(part: _Part) -> tuple[list[str], pl.DataFrame]:
    """Names of a place's figures, and the rows that give any."""
    figures = [name for name in part.table.names if name not in part.table.identifies]
    return figures, part.frame.filter(pl.any_horizontal(pl.col(figures).is_not_null()))


def _collapsed(part: _Part) -> pl.DataFrame:
    """Figures of a place stand in every household's row; each is kept once, where it is given."""
    figures, given = _with_figures(part)
    others = [n for n in given.columns if n not in ("record_id", KNOWN, GIVEN_VERSION, *figures)]
    first = given.group_by("record_id").agg(
        pl.col(KNOWN).min(),
        pl.lit(None, dtype=pl.Int32).alias(GIVEN_VERSION),
        *[pl.col(name).min() for name in others],  # whatever the order of the rows
        *[pl.col(name).max() for name in figures],
    )
    return first.with_columns(is_withdrawn=pl.lit(False)).select(given.columns)


def _content(part: _Part) -> list[str]:
    """Columns that make a version differ from the one before it."""
    return [name for name in part.frame.columns if name not in _OWN]


def _newest(on_file: pl.DataFrame) -> pl.DataFrame:
    """Newest version on file of each record."""
    return on_file.sort("record_id", "version").group_by("record_id", maintain_order=True).last()


def _versions(part: _Part, stored: Stored) -> tuple[pl.DataFrame, dict[str, list[pl.Series]]]:
    """Count versions in the order in which they were entered, after those on file."""
    whole = part
    if part.is_carried:
        part = replace(part, frame=_collapsed(part))
    on_file = stored(part.table, part.frame["record_id"].unique())
    alone = ~part.frame["record_id"].is_duplicated() & ~part.frame["is_withdrawn"]
    if on_file.height:
        alone = alone & ~part.frame["record_id"].is_in(on_file["record_id"].implode())
    first = part.frame.filter(alone).with_columns(
        version=pl.lit(1, dtype=pl.Int32), state=pl.lit("new")
    )
    if first.height == part.frame.height:
        return first, {}
    rest = replace(part, frame=part.frame.filter(~alone))
    others, faults = _after_others(rest, on_file, whole.frame)
    return pl.concat([first, others.select(first.columns)]), faults


def _after_others(
    part: _Part, on_file: pl.DataFrame, whole: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, list[pl.Series]]]:
    """Count versions of records that do not stand alone."""
    content = _content(part)
    newest = _newest(on_file).select(
        "record_id", _top="version", _top_known="recorded_on", _top_entered=ENTERED
    )
    frame = part.frame.join(newest, on="record_id", how="left", maintain_order="left")
    frame = frame.with_columns(pl.max_horizontal(KNOWN, "_top_known").alias(KNOWN))
    is_old = (pl.col(ENTERED) < pl.col("_top_entered")).fill_null(False)
    old = frame.filter(is_old)
    if old.height:
        same = old.join(
            on_file.select("record_id", *content).unique(),
            on=["record_id", *content],
            how="semi",
            nulls_equal=True,
        )
        aside = old.join(same.select(LINE), on=LINE, how="anti")
        if part.is_carried:  # every row that says so, not the first alone
            aside = _with_figures(replace(part, frame=whole))[1].join(
                aside.select("record_id"), on="record_id", how="semi"
            )
        stale = aside[LINE]
        frame, old = frame.filter(~is_old), same
    else:
        stale = old[LINE]
    counted = _counted(frame, on_file, content)
    nothing = counted.filter((pl.col("version") == 1) & pl.col("is_withdrawn"))[LINE]
    kept = old.with_columns(version=pl.col("_top"), state=pl.lit("unchanged"))
    columns = [*part.frame.columns, "version", "state"]
    versioned = pl.concat([counted.select(columns), kept.select(columns)])
    return versioned, {"stale": [stale], "nothing_to_withdraw": [nothing]}


def _counted(frame: pl.DataFrame, on_file: pl.DataFrame, content: list[str]) -> pl.DataFrame:
    """Number the incoming versions of each record; one that says nothing new keeps the number."""
    top = _newest(on_file).select("record_id", *content, _is_on_file=pl.lit(True))
    columns = ["record_id", *content]
    lined = pl.concat(
        [
            top.with_columns(
                pl.lit(None, dtype=pl.Date()).alias(ENTERED),
                pl.lit(None, dtype=pl.Int64()).alias(LINE),
            ).select(*columns, ENTERED, LINE, "_is_on_file"),
            frame.select(*columns, ENTERED, LINE, _is_on_file=pl.lit(False)),
        ]
    ).sort("record_id", pl.col("_is_on_file").not_(), ENTERED, LINE)
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in content)
    is_first = pl.col("record_id").ne_missing(pl.col("record_id").shift(1))
    lined = lined.with_columns(_is_new=(is_first | differs) & ~pl.col("_is_on_file"))
    lined = lined.with_columns(_nth=pl.col("_is_new").cast(pl.Int32).cum_sum().over("record_id"))
    numbered = frame.join(
        lined.filter(~pl.col("_is_on_file")).select(LINE, "_is_new", "_nth"), on=LINE
    )
    version = pl.col("_top").fill_null(0) + pl.col("_nth")
    return numbered.with_columns(version=version.cast(pl.Int32)).with_columns(
        state=pl.when(~pl.col("_is_new"))
        .then(pl.lit("unchanged"))
        .when("is_withdrawn")
        .then(pl.lit("withdrawn"))
        .when(pl.col("version") > 1)
        .then(pl.lit("corrected"))
        .otherwise(pl.lit("new"))
    )


def _versions_given(part: _Part, stored: Stored) -> tuple[pl.DataFrame, dict[str, list[pl.Series]]]:
    """Take the versions that the file gives, where they follow on those on file."""
    if part.is_carried:
        return _versions(part, stored)  # the version in the row is the household's
    content = _content(part)
    on_file = stored(part.table, part.frame["record_id"].unique())
    is_repeated = ~pl.struct("record_id", GIVEN_VERSION).is_first_distinct()
    repeated = part.frame.sort(LINE).filter(is_repeated)  # by a row that says more beside it
    part = replace(part, frame=part.frame.sort(LINE).filter(~is_repeated))
    same = part.frame.join(
        on_file.select("record_id", *content, pl.col("version").alias(GIVEN_VERSION)),
        on=["record_id", *content, GIVEN_VERSION],
        how="semi",
        nulls_equal=True,
    )
    frame = part.frame.join(same.select(LINE), on=LINE, how="anti")
    newest = _newest(on_file).select("record_id", _top="version", _top_known="recorded_on")
    marked = frame.join(newest, on="record_id", how="left").sort("record_id", GIVEN_VERSION)
    wanted = pl.col("_top").fill_null(0) + pl.int_range(1, pl.len() + 1).over("record_id")
    before = pl.coalesce(pl.col(KNOWN).shift(1).over("record_id"), "_top_known")
    follows = (pl.col(GIVEN_VERSION) == wanted) & (pl.col(KNOWN) >= before).fill_null(True)
    marked = marked.with_columns(_follows=follows.cast(pl.Int8).cum_min().over("record_id") == 1)
    gaps = marked.filter(~pl.col("_follows"))[LINE]
    columns = [*part.frame.columns, "version", "state"]
    fitting = marked.filter("_follows").with_columns(
        version=pl.col(GIVEN_VERSION),
        state=pl.when("is_withdrawn")
        .then(pl.lit("withdrawn"))
        .when(pl.col(GIVEN_VERSION) > 1)
        .then(pl.lit("corrected"))
        .otherwise(pl.lit("new")),
    )
    number = ["record_id", GIVEN_VERSION]
    gaps = pl.concat(
        [gaps, repeated.join(marked.filter(~pl.col("_follows")), on=number, how="semi")[LINE]]
    )
    repeated = repeated.join(marked.filter(~pl.col("_follows")), on=number, how="anti")
    unchanged = pl.concat([same, repeated]).with_columns(
        version=pl.col(GIVEN_VERSION), state=pl.lit("unchanged")
    )
    return pl.concat([fitting.select(columns), unchanged.select(columns)]), {"gap": [gaps]}
