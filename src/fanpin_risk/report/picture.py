"""A figure as a picture: shown in Jupyter, and as a file, whole or not at all, the same bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from fanpin_risk.errors import SchemaError
from fanpin_risk.provenance import write_whole
from fanpin_risk.report.figure_base import svg_text

PNG_DPI = 150


@dataclass(frozen=True, eq=False)
class Picture:
    """A finished figure that Jupyter shows by itself, sharp at any size, its finding read out.

    Attributes
    ----------
    figure
        Drawn and laid out; the finding stands above it.
    """

    figure: Figure

    def _repr_html_(self) -> str:
        """Return a piece of a page: no script, no network; a screen reader says the finding."""
        label = self.figure.get_suptitle().replace("\n", " ")
        width = self.figure.get_figwidth()
        return f'<div style="max-width: {width:g}in">{svg_text(self.figure, label=label)}</div>'

    def save(self, path: Path) -> None:
        """Write it as `write_picture` does."""
        write_picture(self.figure, path)


def write_picture(figure: Figure, path: Path) -> None:
    """Write a finished figure: the same figure and font give the same bytes.

    Parameters
    ----------
    figure
        Drawn and laid out.
    path
        Ends in ``.png`` or ``.svg``. What stood there is replaced when the picture is complete.

    Raises
    ------
    SchemaError
        If the ending is another one.
    OutputError
        If the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".png", ".svg"):
        raise SchemaError(f"A picture is written as .png or .svg, not as {path.name!r}.")
    content = io.BytesIO()
    dropped = {"Software": None} if kind == ".png" else {"Date": None, "Creator": None}
    # letters as outlines: the picture looks the same on a machine without the font
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "fanpin_risk"}):
        figure.savefig(content, format=kind[1:], dpi=PNG_DPI, metadata=dropped)
    write_whole(path, lambda new: new.write_bytes(content.getvalue()))
