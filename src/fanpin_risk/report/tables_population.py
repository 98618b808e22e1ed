"""Who existed, who was asked about and who was not, and what became of them: a register's table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanpin_risk.outcomes.flow import EXCLUDED
from fanpin_risk.report.page_register import reason
from fanpin_risk.report.tables import Cell, Table, plain
from fanpin_risk.report.words import Words, count, percent

LABELS: dict[str, Words] = {
    "yes": Words("新困难户", "newly in need"),
    "no": Words("看过，没有困难", "looked at, no need"),
    "competing": Words("整户消亡", "died out"),
    "unknown": Words("没有看过，未知", "not looked at: unknown"),
}
"""What became of a household that was asked about, in the order of the columns."""


def population_table(metrics: Mapping[str, Any], manifest: Mapping[str, Any]) -> Table:
    """Households on record at every origin and in this round: asked about or not, by reason."""
    rows = [
        _on_record(
            str(row["as_of"]), "", row["n_households"], row["n_outside"], row["n_asked_about"]
        )
        for row in metrics["population"]
    ]
    households = manifest["households"]
    this_round = _on_record(
        str(manifest["as_of"]),
        "本轮 this round",
        households["visited"],
        manifest["not_scored_by_reason"],
        households["scored"],
    )
    return Table(
        name="population",
        caption=Words(
            "在册 = 问到的 + 不问的（按原因）", "On record = asked about + not, by reason"
        ),
        head=(
            Words("起报日", "origin"),
            Words("在册户", "on record"),
            *(reason(name) for name in EXCLUDED),
            Words("问到的户", "asked about"),
        ),
        rows=(*rows, this_round),
        marked=frozenset({len(rows)}),
        note=Words(
            "一户有几条不问的原因时，只计第一条。不问的户各按程序办理，不是没有困难。",
            "Of several reasons the first counts. Households that are not asked about are dealt "
            "with as the mechanism provides; it does not mean that they are not in need.",
        ),
    )


def _on_record(
    day: str, note: str, on_record: int, outside: Mapping[str, int], asked: int
) -> tuple[Cell, ...]:
    """One day of the population."""
    return (
        Cell(text=day, note=note, is_number=False),
        plain(count(on_record)),
        *(plain(count(outside.get(name, 0))) for name in EXCLUDED),
        plain(count(asked)),
    )


def outcome_table(metrics: Mapping[str, Any]) -> Table:
    """What became of those asked about at every origin, with bounds of the share that fell."""
    return Table(
        name="outcomes",
        caption=Words(
            "问到的户后来怎样（不加权）", "What became of those asked about (not weighted)"
        ),
        head=(
            Words("起报日", "origin"),
            Words("问到的户", "asked about"),
            *LABELS.values(),
            Words("新困难户占比至少", "share newly in need, at least"),
            Words("至多", "at most"),
        ),
        rows=tuple(
            (
                Cell(text=str(row["as_of"]), is_number=False),
                plain(count(row["n_asked_about"])),
                *(plain(count(row["n_by_label"].get(name, 0))) for name in LABELS),
                plain(percent(row["share_fell_at_least"])),
                plain(percent(row["share_fell_at_most"])),
            )
            for row in metrics["population"]
        ),
        note=Words(
            "至少、至多不靠任何假设：没有看过的户全都没有困难，或全都有困难。",
            "At least and at most stand on no assumption: none of the households that nobody "
            "looked at came to be in need, or all did.",
        ),
    )
