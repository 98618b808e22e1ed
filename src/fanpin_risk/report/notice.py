"""What a village notice may show, and nothing else: a closed list, and a look into every cell.

A notice hangs once, in the village only, without identity number, telephone, bank account or state
of health (policy notes, section 7). What is not on the list is refused by name, not dropped:
whoever asks for it must see that it was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import polars as pl

from fanpin_risk.errors import SchemaError
from fanpin_risk.records.contracts import codes
from fanpin_risk.records.person_in_text import names_person
from fanpin_risk.report.words import Words

Kind = Literal["text", "code", "count", "day"]

DECISIONS: dict[str, Words] = {
    **{code: Words(*words) for code, words in codes.LISTING_DECISIONS.words.items()},
    "eliminated": Words("风险消除", "risk eliminated"),
}
"""What a notice announces."""
TYPES: dict[str, Words] = {
    code: Words(*words) for code, words in codes.MONITORED_TYPES.words.items()
}


class Shown(NamedTuple):
    """A column that a notice may show, and why it may."""

    kind: Kind
    title: Words
    why: Words
    words: Mapping[str, Words] = {}


ALLOWED: dict[str, Shown] = {
    "place": Shown(
        "text", Words("村", "village"), Words("公示只在本村进行", "the notice is for it alone")
    ),
    "household_id": Shown(
        "text",
        Words("户编号", "household number"),
        Words("说明是哪一户，而不用身份证号", "says which household, without identity number"),
    ),
    "members": Shown(
        "count", Words("家庭人口", "members"), Words("决定按户作出", "the decision is about them")
    ),
    "monitored_type": Shown(
        "code",
        Words("监测对象类别", "type"),
        Words("公示的内容", "is what is announced"),
        TYPES,
    ),
    "decision": Shown(
        "code", Words("评议结果", "result"), Words("公示的内容", "is what is announced"), DECISIONS
    ),
    "noticed_from": Shown(
        "day",
        Words("公示开始", "first day"),
        Words("村民据此知道何时可提异议", "says until when villagers can object"),
    ),
    "noticed_to": Shown(
        "day",
        Words("公示结束", "last day"),
        Words("村民据此知道何时可提异议", "says until when villagers can object"),
    ),
}
"""Columns that a notice may show, in their order."""

REQUIRED = ("place", "household_id", "decision", "noticed_from", "noticed_to")
"""Columns without which it is no notice."""

_HEALTH_WHY = Words("可看出健康状况", "tells of health")
REFUSED: dict[str, Words] = {
    "identity": Words("身份信息", "identity"),
    "person": Words("个人信息", "a person's data"),
    "name": Words("记录中不存姓名，也不公示", "records hold no names, and a notice shows none"),
    "phone": Words("电话", "telephone"),
    "account": Words("银行账号", "bank account"),
    "cause": Words(
        "因病、因残可看出健康状况；只对其余各户写原因，等于说出谁有病",
        "illness and disability tell of health; to name only the other causes tells who is ill",
    ),
    "reason": _HEALTH_WHY,
    "evidence": _HEALTH_WHY,
    "finding": _HEALTH_WHY,
    "measure": _HEALTH_WHY,
    "why": _HEALTH_WHY,
    "ill": _HEALTH_WHY,
    "disab": _HEALTH_WHY,
    "disaster": Words("属于原因", "is a cause"),
    "risk": Words("估计值不得公示", "an estimate is never published"),
    "score": Words("估计值不得公示", "an estimate is never published"),
    "income": Words("不在公示内容之列", "is no part of a notice"),
}
"""Why a column is refused, by a word in its name; any other is refused as not on the list."""
NOT_LISTED = Words("不在可公示的内容之列", "is not on the list of what may be shown")

_NUMBER_LONG = re.compile(r"[0-9](?:[ -]?[0-9]){14,}[Xx]?")
_CARD = re.compile(r"(?<![0-9])62[0-9]{14,17}(?![0-9])")
_HASH = re.compile(r"(?i)(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{16,}(?![0-9a-z])")
_PHONE_LINE = re.compile(
    r"(?<![0-9A-Za-z])(?:0[0-9]{2,3}-?[0-9]{7,8}|1[3-9][0-9](?:[ -]?[0-9]{4}){2})(?![0-9])"
)
_HEALTH = re.compile(
    "病|残疾|残障|癌|肿瘤|透析|手术|住院|尿毒|糖尿|高血压|艾滋|结核|瘫|精神障碍|智力|失能|怀孕|"
    r"(?i:\b(?:ill(?:ness)?|sick|disab\w*|cancer|tumou?r|dialysis|hospital\w*|HIV|AIDS|pregnan\w*)\b)"
)
_FOUND: dict[str, Words] = {
    "identity": Words("身份证号或电话", "an identity number or telephone"),
    "phone": Words("电话", "a telephone"),
    "account": Words("银行账号或身份证号", "an account or identity number"),
    "hash": Words("个人标识的密文", "the keyed hash of a person"),
    "health": Words("健康状况", "a state of health"),
}


def village_notice(rows: pl.DataFrame, *, place: str) -> pl.DataFrame:
    """Give what the notice of one village shows, or refuse.

    Parameters
    ----------
    rows
        Columns out of `ALLOWED`, `REQUIRED` among them: texts, codes of `TYPES` and `DECISIONS`,
        whole numbers, days. Other villages' rows are left aside.
    place
        The village.

    Returns
    -------
    DataFrame
        The village's rows by ``household_id``, in the columns of `ALLOWED` that were given. Codes
        are in Chinese with English; whoever has no type has an empty one.

    Raises
    ------
    SchemaError
        If a column is given that may not be shown, with the reason; if one is missing or of another
        type; if a code is unknown, a day is missing or the last one comes before the first; if a
        text looks like an identity, telephone or account number, or tells of health; if the village
        has no row.

    Examples
    --------
    >>> from datetime import date
    >>> rows = pl.DataFrame({"place": ["A"], "household_id": ["h1"], "decision": ["listed"],
    ...     "noticed_from": [date(2023, 5, 1)], "noticed_to": [date(2023, 5, 6)]})
    >>> village_notice(rows, place="A")["decision"].to_list()
    ['纳入 listed']
    >>> village_notice(rows.with_columns(cause_1=pl.lit("因学")), place="A")
    Traceback (most recent call last):
    fanpin_risk.errors.SchemaError: A village notice may not show cause_1 (illness and disability \
tell of health; to name only the other causes tells who is ill). Select columns out of ['place', \
'household_id', 'members', 'monitored_type', 'decision', 'noticed_from', 'noticed_to'].
    """
    _check_columns(rows)
    given = [name for name in ALLOWED if name in rows.columns]
    found = (
        rows.filter(pl.col("place") == place)
        .select(given)
        .sort("household_id", "noticed_from", "decision")
    )
    if found.is_empty():
        raise SchemaError(f"There is no row of the village {place!r}. Check its name.")
    _check_cells(found)
    _check_days(found)
    return found.with_columns(
        pl.col(name).replace_strict(
            {code: f"{words.zh} {words.en}" for code, words in ALLOWED[name].words.items()},
            return_dtype=pl.String,
        )
        for name in given
        if ALLOWED[name].kind == "code"
    )


def refusal(name: str) -> Words:
    """Why a column may not be shown on a notice.

    Examples
    --------
    >>> refusal("bank_account").en, refusal("colour").en
    ('bank account', 'is not on the list of what may be shown')
    """
    parts = name.casefold().split("_")
    for word, why in REFUSED.items():
        if any(part.startswith(word) for part in parts):
            return why
    return NOT_LISTED


def forbidden(texts: pl.Series, *, is_number: bool = False) -> list[str | None]:
    """Name what a text holds that a notice may not show; null where there is nothing.

    Parameters
    ----------
    texts
        Texts of a column.
    is_number
        Whether they are numbers of an office's own: those may be long, and are refused only where
        they are an identity number, a mobile telephone or a bank card.

    Examples
    --------
    >>> forbidden(pl.Series(["向阳村", "张三 13800000001", "尿毒症透析", None]))
    [None, 'identity', 'health', None]
    """
    persons = names_person(texts)
    return [
        _forbidden(text, is_person, is_number)
        for text, is_person in zip(texts.to_list(), persons.to_list(), strict=True)
    ]


def _forbidden(text: str | None, is_person: bool, is_number: bool) -> str | None:
    """Name what one text holds."""
    if text is None:
        return None
    if is_person:
        return "identity"
    if not is_number and _PHONE_LINE.search(text):
        return "phone"
    if _CARD.search(text) or (not is_number and _NUMBER_LONG.search(text)):
        return "account"
    if _HASH.search(text):
        return "hash"
    return "health" if _HEALTH.search(text) else None


def _check_columns(rows: pl.DataFrame) -> None:
    """Raise for columns that may not be shown, are missing, or are of another type."""
    refused = [name for name in rows.columns if name not in ALLOWED]
    if refused:
        said = ", ".join(f"{name} ({refusal(name).en})" for name in refused)
        raise SchemaError(
            f"A village notice may not show {said}. Select columns out of {list(ALLOWED)}."
        )
    missing = [name for name in REQUIRED if name not in rows.columns]
    if missing:
        raise SchemaError(f"A village notice needs the columns {missing}. Found {rows.columns}.")
    for name in rows.columns:
        kind, found = ALLOWED[name].kind, rows.schema[name]
        fits = {
            "text": found == pl.String,
            "code": found in (pl.String, pl.Null),
            "count": found.is_integer(),
            "day": found == pl.Date,
        }
        if not fits[kind]:
            raise SchemaError(f"Column {name!r} of a notice must be a {kind}. Got {found}.")


def _check_cells(rows: pl.DataFrame) -> None:
    """Raise for empty cells that must be filled, unknown codes, and texts that tell too much."""
    for name in rows.columns:
        shown = ALLOWED[name]
        n_empty = rows[name].null_count()
        if name in REQUIRED and n_empty:
            raise SchemaError(f"Column {name!r} of the notice is empty in {n_empty} rows.")
        if shown.kind == "code":
            unknown = sorted(set(rows[name].drop_nulls()) - set(shown.words))
            if unknown:
                raise SchemaError(
                    f"Column {name!r} of the notice holds {len(unknown)} codes that are none of "
                    f"{list(shown.words)}. Give codes: free words could tell of a person."
                )
        if shown.kind == "text":
            _check_texts(rows[name], is_number=name == "household_id")


def _check_texts(texts: pl.Series, *, is_number: bool) -> None:
    """Raise where a text tells too much; the text itself is not repeated."""
    for row, kind in enumerate(forbidden(texts, is_number=is_number), start=1):
        if kind is not None:
            raise SchemaError(
                f"Column {texts.name!r} of the notice, row {row} by household number, holds what "
                f"looks like {_FOUND[kind].en}. Take it out: a notice shows none."
            )


def _check_days(rows: pl.DataFrame) -> None:
    """Raise where a notice ends before it begins."""
    n_wrong = rows.filter(pl.col("noticed_to") < pl.col("noticed_from")).height
    if n_wrong:
        raise SchemaError(
            f"noticed_to comes before noticed_from in {n_wrong} rows of the notice. Mend the days."
        )
