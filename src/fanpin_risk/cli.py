"""The command line: a thin, kind shell. It alone reads clock, environment and configuration."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fanpin_risk import cli_areas, cli_reasons, cli_records, cli_simulate, cli_standards
from fanpin_risk.console import (
    DATA,
    EXITS,
    WORDS,
    AsOfOption,
    ConfigArgument,
    ModelOption,
    OutputOption,
    RecordsOption,
    RootOption,
    StandardsOption,
    ThreadsOption,
    day_option,
    epilog,
    progress,
    table_of,
)
from fanpin_risk.errors import ConfigError, FanpinRiskError

# typer brings its own copy of click in some versions: the classes are taken from where it has them
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
_INTERRUPTED = 130
THREADS = os.cpu_count() or 1

app = typer.Typer(
    name="fanpin-risk",
    help="返贫风险预警：提示该主动走访谁，不决定任何资格。"
    "Early warning of falling back into poverty: it points to visits, and decides nothing "
    "about aid.",
    epilog=EXITS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(epilog=epilog("fanpin-risk run configs/argentina_eph.yaml"))
def run(
    config: ConfigArgument,
    standards: StandardsOption = None,
    root: RootOption = Path(),
    threads: ThreadsOption = THREADS,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make this model the champion.")
    ] = False,
) -> None:
    """Backtest, train, score, plan, report and track, in one go."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.results import print_rows, summary_table
    from fanpin_risk.workflows.run import Places
    from fanpin_risk.workflows.run import run as run_all

    _check_installation()
    project = load_project(config, standards=standards)
    name = project.configuration.name
    places = Places(
        results=root / "outputs" / name,
        model=root / "models" / name,
        store=root / "outputs" / "mlflow",
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI"),
    )
    with progress() as step:
        result = run_all(project, places, n_threads=threads, promote=promote, step=step)
    for line in print_rows(result.manifest):
        WORDS.print(line)
    DATA.print(
        table_of(*summary_table(result.metrics, project.configuration.backtest.further_shares))
    )
    DATA.print(f"结果 Results: {places.results}")
    DATA.print(f"报告 Report: {places.results / 'report.html'}")
    DATA.print(f"模型 Model: {places.model} (version {result.model_version})")
    DATA.print(
        f"MLflow: {result.manifest['mlflow']['tracking_uri']} "
        f"run {result.manifest['mlflow']['run_id']}"
    )


@app.command(epilog=epilog("fanpin-risk backtest configs/argentina_eph.yaml"))
def backtest(
    config: ConfigArgument,
    standards: StandardsOption = None,
    root: RootOption = Path(),
    threads: ThreadsOption = THREADS,
) -> None:
    """Evaluate every method over rolling origins, and write metrics.json."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.commands import run_backtest
    from fanpin_risk.workflows.results import summary_table

    _check_installation()
    project = load_project(config, standards=standards)
    folder = root / "outputs" / f"{project.configuration.name}_backtest"
    with progress() as step:
        metrics = run_backtest(project, folder, n_threads=threads, step=step)
    DATA.print(table_of(*summary_table(metrics, project.configuration.backtest.further_shares)))
    DATA.print(f"结果 Results: {folder / 'metrics.json'}")


@app.command(epilog=epilog("fanpin-risk train configs/argentina_eph.yaml --as-of 2012-03-31"))
def train(
    config: ConfigArgument,
    as_of: Annotated[
        date | None,
        typer.Option(
            parser=day_option,
            metavar="YYYY-MM-DD",
            help="Day the model is for; by default score_as_of.",
        ),
    ] = None,
    standards: StandardsOption = None,
    root: RootOption = Path(),
    threads: ThreadsOption = THREADS,
) -> None:
    """Train on every outcome known before a day, and write the model to models/<name>/."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.commands import run_train

    _check_installation()
    project = load_project(config, standards=standards)
    folder = root / "models" / project.configuration.name
    with progress() as step:
        model = run_train(
            project,
            folder,
            as_of=as_of or project.configuration.score_as_of,
            n_threads=threads,
            step=step,
        )
    DATA.print(
        f"模型 Model: {folder} (version {model.model_version}, outcomes known by "
        f"{model.calibrated_until})"
    )


@app.command(
    epilog=epilog(
        "fanpin-risk score --model models/argentina_eph --records "
        "data/argentina_eph/eph_household_panel.parquet --as-of 2012-03-31 --output outputs/march"
    )
)
def score(
    model: ModelOption,
    records: RecordsOption,
    as_of: AsOfOption,
    output: OutputOption,
    standards: StandardsOption = None,
    threads: ThreadsOption = THREADS,
) -> None:
    """Score the households visited on a day: risks, reasons, findings and the plan."""
    from fanpin_risk.workflows.commands import run_score
    from fanpin_risk.workflows.results import print_rows

    _check_installation()
    with progress() as step:
        content = run_score(
            model, records, output, as_of=as_of, standards=standards, n_threads=threads, step=step
        )
    for line in print_rows(content):
        WORDS.print(line)
    DATA.print(f"结果 Results: {output}")


@app.command(
    epilog=epilog(
        "fanpin-risk plan --model models/argentina_eph --records "
        "data/argentina_eph/eph_household_panel.parquet --as-of 2012-03-31 --output outputs/plan "
        "--visits-per-team 40"
    )
)
def plan(
    model: ModelOption,
    records: RecordsOption,
    as_of: AsOfOption,
    output: OutputOption,
    visits_per_team: Annotated[
        int | None, typer.Option(min=0, help="Visits of each team; by default as configured.")
    ] = None,
    audit_share: Annotated[
        float | None, typer.Option(min=0, max=0.5, help="Share of the visits drawn by lot.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draw.")] = None,
    standards: StandardsOption = None,
    threads: ThreadsOption = THREADS,
) -> None:
    """Draw up the visit plan alone, with another capacity or audit share if wanted."""
    from fanpin_risk.workflows.commands import run_plan
    from fanpin_risk.workflows.results import print_rows

    _check_installation()
    with progress() as step:
        content = run_plan(
            model,
            records,
            output,
            as_of=as_of,
            standards=standards,
            n_threads=threads,
            step=step,
            visits_per_team=visits_per_team,
            audit_share=audit_share,
            seed=seed,
        )
    for line in print_rows(content):
        WORDS.print(line)
    DATA.print(f"结果 Results: {output}")


@app.command(epilog=epilog("fanpin-risk findings 5 configs/argentina_eph.yaml --as-of 2012-03-31"))
def findings(
    household: Annotated[str, typer.Argument(help="Household number.")],
    config: ConfigArgument,
    as_of: AsOfOption,
    standards: StandardsOption = None,
) -> None:
    """Show what every rule says about one household on its latest visit by a day."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.commands import run_findings

    project = load_project(config, standards=standards)
    with progress() as step:
        answers = run_findings(project, household, as_of=as_of, step=step)
    table = table_of(["规则 rule", "结果 answer", "依据 evidence", "参数 parameter"], [])
    for row in answers.iter_rows(named=True):
        table.add_row(row["rule"], row["answer"], row["evidence"], row["parameter"])
    DATA.print(table)


@app.command(
    epilog=epilog(
        "fanpin-risk indicators",
        "fanpin-risk indicators configs/argentina_eph.yaml --as-of 2012-03-31 "
        "--output outputs/indicators.parquet",
    )
)
def indicators(
    config: Annotated[
        Path | None, typer.Argument(help="Configuration; without it the catalogue is listed.")
    ] = None,
    as_of: Annotated[
        date | None,
        typer.Option(parser=day_option, metavar="YYYY-MM-DD", help="Day they are built for."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Parquet file to write.")] = None,
    standards: StandardsOption = None,
) -> None:
    """List the catalogue of indicators, or build them for a day into a Parquet file."""
    from fanpin_risk.config import load_project
    from fanpin_risk.indicators.catalogue import CATALOGUE, columns_of
    from fanpin_risk.workflows.commands import run_indicators

    if config is None:
        table = table_of(
            ["列 column", "名称", "title", "单位 unit", "成因 cause", "方向 direction"], []
        )
        for column in columns_of(CATALOGUE):
            owner = column.indicator
            table.add_row(
                column.name,
                column.title_zh,
                column.title_en,
                owner.unit,
                owner.cause.value,
                f"{owner.direction:+d}" if owner.direction else "",
            )
        DATA.print(table)
        return
    if as_of is None or output is None:
        raise ConfigError("To build indicators, give --as-of and --output too.")
    project = load_project(config, standards=standards)
    with progress() as step:
        n_rows, n_columns = run_indicators(project, output, as_of=as_of, step=step)
    DATA.print(f"{output}: {n_rows} households x {n_columns} indicators as known on {as_of}")


@app.command("final-fold", epilog=epilog("fanpin-risk final-fold configs/argentina_eph.yaml"))
def final_fold(
    config: ConfigArgument,
    standards: StandardsOption = None,
    root: RootOption = Path(),
    threads: ThreadsOption = THREADS,
) -> None:
    """Open the final fold: test once on other households, and append the result to the record."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.commands import run_final_fold
    from fanpin_risk.workflows.final_fold import Opening
    from fanpin_risk.workflows.results import configuration_digest, summary_table

    _check_installation()
    project = load_project(config, standards=standards)
    folder = root / "outputs" / f"{project.configuration.name}_final_fold"
    opening = Opening(
        opened_on=date.today(),
        commit=_commit(config.parent),
        configuration_digest=configuration_digest(project),
    )
    with progress() as step:
        metrics = run_final_fold(project, folder, opening, n_threads=threads, step=step)
    DATA.print(table_of(*summary_table(metrics, project.configuration.backtest.further_shares)))
    DATA.print(f"已登记 Recorded in {project.final_fold_record}; results in {folder}")


@app.command(epilog=epilog("fanpin-risk tune configs/argentina_eph.yaml"))
def tune(
    config: ConfigArgument,
    standards: StandardsOption = None,
    threads: ThreadsOption = THREADS,
) -> None:
    """Choose LightGBM's settings by forward validation inside the development period."""
    from fanpin_risk.config import load_project
    from fanpin_risk.workflows.commands import run_tune

    _check_installation()
    project = load_project(config, standards=standards)
    with progress() as step:
        trials = run_tune(project, n_threads=threads, step=step)
    table = table_of(["log loss", "AUC", "settings"], [])
    for trial in trials:
        table.add_row(f"{trial.log_loss:.5f}", f"{trial.auc:.4f}", str(trial.changed))
    DATA.print(table)
    DATA.print("把首行写入配置的 model / write the first row into `model` of the configuration")


cli_areas.register(app)
cli_reasons.register(app)
cli_records.register(app)
cli_simulate.register(app)
cli_standards.register(app)


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # threads that wait for each other must not burn a busy machine; read when LightGBM is loaded
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        code = app(args=argv, prog_name="fanpin-risk", standalone_mode=False)
    except FanpinRiskError as error:
        _say(f"{type(error).__name__}: {error}")
        return error.exit_code
    except _USAGE_ERROR as error:
        return _wrong_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:  # typer may turn an interrupt into this code by itself
        _say("Interrupted; earlier results are unchanged.")
    return code if isinstance(code, int) else 0


def _wrong_usage(error: Exception) -> int:
    """Say what is wrong with the command line; without any word of it, show the help."""
    message = str(getattr(error, "message", "") or error)
    show = getattr(error, "show", None)
    if type(error).__name__ == "NoArgsIsHelpError" and callable(show):
        show()
    else:
        words = getattr(error, "format_message", lambda: message)()
        command = getattr(getattr(error, "ctx", None), "command_path", "fanpin-risk")
        _say(f"{words.rstrip('.')}. See `{command} --help`.")
    return 2


def _say(message: str) -> None:
    """Print one line on standard error."""
    print(" ".join(message.split()), file=sys.stderr)


def _check_installation() -> None:
    """Say at once when something outside Python is missing."""
    from fanpin_risk.risk.booster import lightgbm_library

    lightgbm_library()


def _commit(folder: Path) -> str:
    """Commit of the checkout that the configuration stands in, with a mark when it was changed."""
    try:
        found = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def entry() -> None:
    """Start the command and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no Chinese shows ?
    sys.exit(main())


if __name__ == "__main__":
    entry()
