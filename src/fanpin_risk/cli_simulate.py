"""Commands about the simulated county: write one with its truth kept apart."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fanpin_risk.console import DATA, epilog, progress, table_of
from fanpin_risk.errors import InstallationError

if TYPE_CHECKING:
    from fanpin_risk.simulate.county.write import CountyRequest

THREADS = os.cpu_count() or 1


class Offices(StrEnum):
    """Whether the county also comes as its offices' files, and in what condition."""

    NONE = "none"
    CLEAN = "clean"
    DIRTY = "dirty"


def register(app: typer.Typer) -> None:
    """Add the commands about the simulated county to the command line."""
    app.command(
        epilog=epilog(
            "fanpin-risk simulate --output outputs/county",
            "fanpin-risk simulate --households 60000 --months 60 --seed 7 --preset northeast "
            "--world main --output outputs/county",
            "fanpin-risk simulate --households 300 --months 24 --offices dirty --output "
            "outputs/county",
        )
    )(simulate)
    app.command(epilog=epilog("fanpin-risk truth outputs/county --futures 500"))(truth)


def simulate(
    output: Annotated[Path, typer.Option(help="Folder for records and truth; replaced whole.")],
    households: Annotated[int, typer.Option(min=50, help="Households.")] = 60_000,
    months: Annotated[int, typer.Option(min=12, help="Months of records, from 2021-01.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 7,
    preset: Annotated[str, typer.Option(help="Kind of county: northeast or southwest.")] = (
        "northeast"
    ),
    world: Annotated[str, typer.Option(help="Which world, see docs/simulated_county.md.")] = "main",
    parameters: Annotated[Path, typer.Option(help="Folder of parameters with their marks.")] = Path(
        "configs/simulation"
    ),
    offices: Annotated[
        Offices,
        typer.Option(
            help="Write the county as its offices' files too, clean, or one file in four spoilt."
        ),
    ] = Offices.NONE,
    sources: Annotated[Path, typer.Option(help="Folder of source files; with --offices.")] = Path(
        "configs/sources"
    ),
    checks: Annotated[Path, typer.Option(help="Numbers of the checks; with --offices.")] = Path(
        "configs/quality.yaml"
    ),
    processes: Annotated[
        int, typer.Option(min=1, help="Processes; the bytes are the same for any number.")
    ] = THREADS,
) -> None:
    """Write a simulated county's record tables, and the truth about it in a folder of its own.

    Counties of more than 60,000 households are written as several, each in its own folder, and a
    run that was stopped goes on with the first that is not complete.

    With --offices each county gets a folder offices/ with its files and an ingest configuration.
    They hold identity numbers in clear, all of them made up.
    """
    from fanpin_risk.simulate.county.parameters import load_parameters
    from fanpin_risk.simulate.county.write import RECORDS, TRUTH, CountyRequest, write_counties

    if offices != Offices.NONE:
        _require_offices(sources)
    request = CountyRequest(
        households=households, months=months, seed=seed, preset=preset, world=world
    )
    found = load_parameters(parameters, preset=preset, world=world)
    with progress() as step:
        manifests = write_counties(
            request,
            found,
            output,
            n_processes=processes,
            progress=lambda at: step("simulate", at),
        )
    totals: dict[str, int] = {}
    for manifest in manifests:
        for name, n in manifest["rows"].items():
            totals[name] = totals.get(name, 0) + n
    DATA.print(table_of(["表 table", "行 rows"], [[name, f"{n:,}"] for name, n in totals.items()]))
    DATA.print(f"记录 Records: {output} ({RECORDS}/)")
    DATA.print(f"真值，仅供检验 Truth, for tests and reviews only: {output} ({TRUTH}/)")
    if offices != Offices.NONE:
        _write_offices(output, request, offices, sources, checks)


def _require_offices(sources: Path) -> None:
    """Raise before a long job what writing the offices' files would raise after it."""
    try:
        from fanpin_risk.workflows.offices import require_sources
    except ModuleNotFoundError as error:
        raise InstallationError(
            f"{error.name} is not installed, and offices' files are workbooks. Run: pip install "
            '"fanpin-risk[excel]".'
        ) from error

    require_sources(sources)


def _write_offices(
    output: Path, request: CountyRequest, offices: Offices, sources: Path, checks: Path
) -> None:
    """Write the offices' files of every county, and say how to take them in."""
    from fanpin_risk.simulate.county.write import counties_of
    from fanpin_risk.workflows.offices import write_county_offices

    for county in counties_of(request, output):
        with progress() as step:
            written = write_county_offices(
                county.folder,
                sources=sources,
                checks=checks,
                condition="dirty" if offices == Offices.DIRTY else "clean",
                seed=request.seed,
                step=step,
            )
        DATA.print(
            f"部门文件 Offices' files: {written.n_files}, 行 rows: {written.n_rows:,}, "
            f"有错的文件 spoilt: {written.n_spoilt}, 未报送的行 rows in no file: "
            f"{written.n_not_sent:,}"
        )
        DATA.print(f"下一步 Next: fanpin-risk ingest {written.config} --key-file {written.key}")


def truth(
    county: Annotated[Path, typer.Argument(help="Folder of a simulated county.")],
    futures: Annotated[
        int, typer.Option(min=2, help="Futures of each household drawn; an even number.")
    ] = 500,
    without_help: Annotated[
        bool,
        typer.Option("--without-help", help="Also futures in which running help stops at once."),
    ] = False,
    parameters: Annotated[Path, typer.Option(help="Folder of parameters with their marks.")] = Path(
        "configs/simulation"
    ),
    processes: Annotated[
        int, typer.Option(min=1, help="Processes; the bytes are the same for any number.")
    ] = THREADS,
) -> None:
    """Draw futures of a simulated county's sampled households: the truth to check results against.

    An interrupted call goes on where it stood when it is given again.
    """
    from fanpin_risk.settings import settings_from
    from fanpin_risk.simulate.county.futures import Estimand
    from fanpin_risk.simulate.county.parameters import load_parameters
    from fanpin_risk.simulate.county.truth import TruthRequest
    from fanpin_risk.simulate.county.write_truth import parameters_of, write_truth

    preset, world = parameters_of(county)
    found = load_parameters(parameters, preset=preset, world=world)
    estimands = [Estimand.AS_THINGS_ARE, Estimand.NO_FURTHER_HELP]
    if without_help:
        estimands.append(Estimand.NO_HELP_AT_ALL)
    request = settings_from(
        {"n_futures": futures, "estimands": estimands}, TruthRequest, where="fanpin-risk truth"
    )
    with progress() as step:
        said = write_truth(
            county,
            found,
            request,
            n_processes=processes,
            progress=lambda done, of: step("truth", f"{done}/{of}"),
        )
    DATA.print(f"户日 Household-dates: {said['household_dates']:,}, 未来 futures: {futures:,}")
    for name, n in said["rows"].items():
        DATA.print(f"{county / 'truth' / name}.parquet: {n:,} 行 rows")
