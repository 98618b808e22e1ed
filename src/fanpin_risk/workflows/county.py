"""The simulated county of a configuration: where its tables are, made up if they are not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fanpin_risk.config import Project

Step = Callable[[str, str], None]


def simulated_tables(project: Project, *, n_processes: int, step: Step) -> Path:
    """Folder with the record tables of the county that the configuration asks for.

    A folder that holds the county of these very settings is left as it is; any other one is written
    anew. The same settings give the same bytes, whatever the number of processes.

    Raises
    ------
    ConfigError
        If a parameter of the county cannot be used.
    OutputError
        If the folder cannot be written.
    """
    # only who simulates a county needs what it is made with
    from fanpin_risk.simulate.county.parameters import load_parameters
    from fanpin_risk.simulate.county.write import CountyRequest, write_counties

    asked = project.configuration.records.simulate
    assert asked is not None
    assert project.simulated is not None
    assert project.parameters is not None
    request = CountyRequest(
        households=asked.households,
        months=asked.months,
        seed=asked.seed,
        preset=asked.preset,
        world=asked.world,
    )
    parameters = load_parameters(project.parameters, preset=asked.preset, world=asked.world)
    write_counties(
        request,
        parameters,
        project.simulated,
        n_processes=n_processes,
        progress=lambda at: step("simulate", at),
    )
    return project.simulated
