"""A figure as a picture file: whole or not at all, and the same bytes every time."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from fanpin_risk.errors import SchemaError
from fanpin_risk.provenance import write_whole

PNG_DPI = 150


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
