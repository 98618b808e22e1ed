"""Commands about reasons: how far they hold, and whether they name what truly happened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanpin_risk.console import (
    DATA,
    ConfigArgument,
    RootOption,
    StandardsOption,
    ThreadsOption,
    epilog,
    progress,
    table_of,
)

if TYPE_CHECKING:
    import polars as pl

_QUALITY = "fanpin-risk reasons quality configs/argentina_eph.yaml"
_TRUTH = "fanpin-risk reasons truth configs/simulated_county.yaml"
_THREADS = os.cpu_count() or 1
_HEADLINES = ("told", "both_speak", "all")
_RESULTS = "outputs/simulated_county"
_CARD = f"fanpin-risk reasons card {_RESULTS} --household SIM000001000010 --output outputs/card.png"
_PROFILE = f"fanpin-risk reasons profile {_RESULTS} --output outputs/causes.png"
_MONTHS = "fanpin-risk reasons months outputs/2025-06 outputs/2025-07 --output outputs/months.png"

app = typer.Typer(
    name="reasons",
    help="农户卡片与致因构成；理由的质量：重训是否稳定、相似户是否一致、能否干预；与模拟县真实成因对照。"
    "Cards and cause profiles; quality of reasons: stable over refits, alike for like households, "
    "open to help; and against a simulated county's true causes.",
    epilog=epilog(_CARD, _PROFILE, _MONTHS, _QUALITY, _TRUTH),
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(parent: typer.Typer) -> None:
    """Add the commands about reasons to the command line."""
    parent.add_typer(app)


@app.command(
    epilog=epilog(_QUALITY, "fanpin-risk reasons quality configs/simulated_county.yaml --refits 5")
)
def quality(
    config: ConfigArgument,
    refits: Annotated[
        int, typer.Option(min=1, max=200, help="Refits on villages drawn anew, other seeds.")
    ] = 10,
    neighbours: Annotated[
        int, typer.Option(min=1, help="Households whose nearest other is looked for.")
    ] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of both draws.")] = 1,
    standards: StandardsOption = None,
    root: RootOption = Path(),
    threads: ThreadsOption = _THREADS,
) -> None:
    """Measure how far the reasons of the day scored hold, with 95% intervals."""
    from fanpin_risk.config import load_project
    from fanpin_risk.explain.quality import GROUP_WORDS, QUALITY_WORDS
    from fanpin_risk.workflows.reason_quality import QualitySettings, run_quality

    project = load_project(config, standards=standards)
    folder = root / "outputs" / f"{project.configuration.name}_reason_quality"
    settings = QualitySettings(n_refits=refits, n_neighbours=neighbours, seed=seed)
    with progress() as step:
        found = run_quality(project, settings, folder, n_threads=threads, step=step)
    _show(found, QUALITY_WORDS, GROUP_WORDS)
    DATA.print(f"结果 Results: {folder / 'reason_quality.parquet'}")


@app.command(epilog=epilog(_TRUTH))
def truth(
    config: ConfigArgument,
    standards: StandardsOption = None,
    root: RootOption = Path(),
    threads: ThreadsOption = _THREADS,
) -> None:
    """Hold reasons against the true causes of a simulated county's falls, guesses and the rules."""
    from fanpin_risk.config import load_project
    from fanpin_risk.explain.true_causes import FALL_GROUP_WORDS, TRUTH_WORDS
    from fanpin_risk.workflows.reason_truth import run_truth

    project = load_project(config, standards=standards)
    folder = root / "outputs" / f"{project.configuration.name}_reason_truth"
    with progress() as step:
        told = run_truth(project, folder, n_threads=threads, step=step)
    days = "、".join(str(day) for day in told.days)
    DATA.print(f"决策日 Days: {days}. 评分户次 Household-days scored: {told.n_scored:,}")
    headlines = told.reason_truth.filter(
        told.reason_truth["group"].is_in(_HEADLINES),
        told.reason_truth["measure"].is_in(list(TRUTH_WORDS)),
    )
    _show(headlines, TRUTH_WORDS, FALL_GROUP_WORDS)
    rows = told.reason_confusion.filter(told.reason_confusion["share"] >= 0.05)
    DATA.print("真实成因与首要理由 True cause by first reason (5% and more of a row)")
    header = ["真实成因 true", "首要理由 first reason", "户次 falls", "占比 share"]
    DATA.print(
        table_of(
            header,
            [
                [row["true_cause"], row["first_reason"], f"{row['n']:,}", f"{row['share']:.0%}"]
                for row in rows.iter_rows(named=True)
            ],
        )
    )
    DATA.print(f"结果 Results: {folder}")


ResultsArgument = Annotated[
    Path, typer.Argument(help="Folder of results that `run` or `score` wrote.")
]
PictureOption = Annotated[
    Path, typer.Option("--output", help="Picture to write: .png or .svg; replaced if it is there.")
]
LanguageOption = Annotated[str, typer.Option(help="zh (Chinese first) or en.")]
PlaceOption = Annotated[
    str | None, typer.Option(help="Code of one village; without it the whole county.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the draws of villages.")]


@app.command(epilog=epilog(_CARD))
def card(
    results: ResultsArgument,
    household: Annotated[str, typer.Option(help="Number of a household that was scored.")],
    output: PictureOption,
    language: LanguageOption = "zh",
) -> None:
    """Draw one household's card: score, reasons, findings, route; for the visiting cadre only."""
    from fanpin_risk.workflows.reason_pictures import draw_card, read_results

    draw_card(read_results(results), household, output, language=language)
    DATA.print(f"结果 Results: {output}")


@app.command(epilog=epilog(_PROFILE, f"{_PROFILE} --place 230199014208 --language en"))
def profile(
    results: ResultsArgument,
    output: PictureOption,
    place: PlaceOption = None,
    language: LanguageOption = "zh",
    seed: SeedOption = 1,
) -> None:
    """Draw which causes come first among the households on the visit plan, with intervals."""
    from fanpin_risk.workflows.reason_pictures import profile_picture, read_results

    picture = profile_picture(read_results(results), place=place, language=language, seed=seed)
    picture.save(output)
    DATA.print(f"结果 Results: {output}")


@app.command(epilog=epilog(_MONTHS))
def months(
    results: Annotated[
        list[Path],
        typer.Argument(help="Folders of results, one for each decision day."),
    ],
    output: PictureOption,
    place: PlaceOption = None,
    language: LanguageOption = "zh",
    seed: SeedOption = 1,
) -> None:
    """Draw which causes come first on the visit plan, decision day after decision day."""
    from fanpin_risk.workflows.reason_pictures import months_picture, read_results

    all_results = [read_results(folder) for folder in results]
    picture = months_picture(all_results, place=place, language=language, seed=seed)
    picture.save(output)
    versions = sorted({one.manifest["model_version"] for one in all_results})
    if len(versions) > 1:
        DATA.print(
            f"各期模型不同 Days were scored with {len(versions)} models ({', '.join(versions)}): "
            "部分变化可能来自模型 part of what changed may be the model"
        )
    DATA.print(f"结果 Results: {output}")


def _show(
    found: pl.DataFrame,
    measures: Mapping[str, tuple[str, str]],
    groups: Mapping[str, tuple[str, str]],
) -> None:
    """Print measures with their intervals, Chinese first."""
    header = ["指标 measure", "对象 group", "值 value", "95%区间 interval", "户 households"]
    count = "n" if "n" in found.columns else "n_households"
    DATA.print(
        table_of(
            header,
            [
                [
                    " ".join(measures[row["measure"]]),
                    " ".join(groups[row["group"]]),
                    _number(row["value"]),
                    "—" if row["low"] is None else f"{row['low']:.3f} – {row['high']:.3f}",
                    f"{row[count]:,}",
                ]
                for row in found.iter_rows(named=True)
            ],
        )
    )


def _number(value: float | None) -> str:
    """A number, or a dash where there is none."""
    return "—" if value is None else f"{value:.3f}"
