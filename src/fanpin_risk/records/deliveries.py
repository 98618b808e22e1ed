"""What an ingest configuration says: which files come, by which source file, and when."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from fanpin_risk.errors import ConfigError
from fanpin_risk.settings import Settings, load_settings

_DAY_IN_NAME = re.compile(
    r"(?<![0-9])(20[0-9]{2})[-_.年]?(0[1-9]|1[0-2])[-_.月]?(0[1-9]|[12][0-9]|3[01])(?![0-9])"
)


class InputSettings(Settings):
    """Files of one kind, or a query.

    ``files`` are paths or patterns such as ``inbox/医保*.xlsx``, relative to the configuration.
    ``snapshot_on`` is the day that an export shows; ``snapshot_in_name`` takes it from the file's
    name (20230531, 2023-05-31, 2023年05月31日). ``received_on`` is for history that came on days of
    its own. ``county`` stands for the one of the whole configuration.
    """

    source: str
    files: tuple[str, ...] = ()
    query: str | None = None
    county: str | None = None
    snapshot_on: date | None = None
    snapshot_in_name: bool = False
    received_on: date | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> InputSettings:
        """Rows come from files or from a query."""
        if bool(self.files) == (self.query is not None):
            raise ValueError("say either `files` or `query`")
        if self.snapshot_on is not None and self.snapshot_in_name:
            raise ValueError("say either `snapshot_on` or `snapshot_in_name`")
        if self.snapshot_in_name and self.query is not None:
            raise ValueError("a query has no file name: say `snapshot_on`")
        return self


class IngestSettings(Settings):
    """One delivery, or many: where the store is, and what comes into it.

    ``history`` says that the offices' own dates of entry are to be trusted, as for years before the
    store was in use. Without it nothing counts as known before the day it was received.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    store: str
    county: str | None = None
    history: bool = False
    checks: str | None = None
    inputs: Annotated[tuple[InputSettings, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _live_days(self) -> IngestSettings:
        """A live delivery came on one day, the day of the command."""
        if not self.history and any(one.received_on is not None for one in self.inputs):
            raise ValueError("`received_on` of an input is for `history: true`")
        return self


def load_ingest(path: Path) -> IngestSettings:
    """Read an ingest configuration.

    Raises
    ------
    ConfigError
        Naming the file, the key and the mend.
    """
    return load_settings(path, IngestSettings)


def files_of(settings: InputSettings, folder: Path) -> list[Path]:
    """Files that an input names, in the order of their names; patterns are filled in.

    A pattern that fits nothing gives nothing: not every office sends a file every month. A file
    that is named without a pattern is given whether it is there or not.
    """
    found: list[Path] = []
    for name in settings.files:
        if any(letter in name for letter in "*?["):
            whole = Path(name)
            base = Path(whole.anchor) if whole.is_absolute() else folder
            fitting = sorted(base.glob(str(whole.relative_to(whole.anchor or "."))))
            fitting = [path for path in fitting if not path.name.startswith(("~$", "."))]
            found += fitting
        else:
            found.append(folder / name)
    return list(dict.fromkeys(found))


def snapshot_of(settings: InputSettings, path: Path) -> date | None:
    """Day that an export shows.

    Raises
    ------
    ConfigError
        If it should stand in the file's name and does not.

    Examples
    --------
    >>> one = InputSettings(source="s.yaml", files=("a",), snapshot_in_name=True)
    >>> snapshot_of(one, Path("全国系统导出20230531.xlsx"))
    datetime.date(2023, 5, 31)
    """
    if not settings.snapshot_in_name:
        return settings.snapshot_on
    found = list(_DAY_IN_NAME.finditer(path.name))
    if len({match.groups() for match in found}) > 1:
        raise ConfigError(
            f"{path.name}: the name holds several days. Rename the file, or say `snapshot_on`."
        )
    match = found[0] if found else None
    if match is None:
        raise ConfigError(
            f"{path.name}: the name holds no day such as 20230531. Rename the file, or say "
            "`snapshot_on`."
        )
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise ConfigError(f"{path.name}: {match[0]} is no day. Rename the file.") from error
