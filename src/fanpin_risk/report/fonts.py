"""Which font figures are drawn with: a Chinese one if there is one; else the words are English."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
)
"""Fonts that hold simplified Chinese, the best first; a collection may be known by another face."""
LATIN_FONT = "DejaVu Sans"
"""Comes with Matplotlib, so it is always there."""
SAMPLE = "返贫风险规则走访户数覆盖队"
"""What a font must be able to draw before it is trusted with Chinese."""
PAGE_FONTS = (*CHINESE_FONTS[:-1], "sans-serif")
"""Fonts that a page asks the reader's browser for, in this order."""
LATIN_PAGE_FONTS = (
    "system-ui",
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "Arial",
    "Noto Sans",
    "Liberation Sans",
    *PAGE_FONTS,
)
"""Fonts for English beside the Chinese, whose quotation marks are those of English."""
NO_FONT = (
    "未找到中文字体，图中文字改用英文 / no Chinese font is installed: the words in figures are "
    "English. Install one, on Debian or Ubuntu: apt-get install fonts-wqy-microhei"
)

Language = Literal["zh", "en"]
Notice = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class FigureFont:
    """A font for figures, and so their language.

    Attributes
    ----------
    family
        Name of a Chinese font, or None where there is none.
    code_points
        Every character that can be drawn, as code points.
    """

    family: str | None
    code_points: frozenset[int] = field(repr=False)

    @property
    def language(self) -> Language:
        """``zh`` (Chinese with English) with a Chinese font, else ``en``."""
        return "en" if self.family is None else "zh"

    @property
    def settings(self) -> dict[str, Any]:
        """Settings for `matplotlib.rc_context`; signs one font lacks are taken from the other."""
        families = [LATIN_FONT] if self.family is None else [self.family, LATIN_FONT]
        return {"font.family": families, "axes.unicode_minus": False}

    def drawable(self, text: str, *, otherwise: str) -> str:
        """Return a text, or another in its place when a box would be drawn for some of it.

        Examples
        --------
        >>> font = FigureFont(family=None, code_points=frozenset(map(ord, "abc")))
        >>> font.drawable("cab", otherwise="-"), font.drawable("江北", otherwise="place 3")
        ('cab', 'place 3')
        """
        signs = {ord(sign) for sign in text if not sign.isspace()}
        return text if signs <= self.code_points else otherwise


def _warn(line: str) -> None:
    """Log a notice: no Python warning, which would stop whoever treats those as errors."""
    logging.getLogger(__name__).warning(line)


def figure_font(
    *,
    notice: Notice = _warn,
    wanted: Sequence[str] = CHINESE_FONTS,
    installed: Mapping[str, Path] | None = None,
) -> FigureFont:
    """Choose the first installed font of a list; call once for all figures of a run.

    Parameters
    ----------
    notice
        Told once, in one line, when none of the fonts is there and the figures are English; logs a
        warning when left out.
    wanted
        Names of Chinese fonts, the best first.
    installed
        Files by name; what this machine has when left out. A file that is gone, or that cannot
        draw `SAMPLE`, does not count.

    Returns
    -------
    FigureFont

    Examples
    --------
    >>> figure_font(notice=lambda line: print(line[:8]), installed={}).language
    未找到中文字体，
    'en'
    """
    latin = _code_points(Path(font_manager.findfont(LATIN_FONT)))
    files = installed_fonts(wanted) if installed is None else installed
    for name in wanted:
        drawn = _code_points(files[name]) if name in files else frozenset[int]()
        if {ord(sign) for sign in SAMPLE} <= drawn:
            return FigureFont(family=name, code_points=drawn | latin)
    notice(NO_FONT)
    return FigureFont(family=None, code_points=latin)


def installed_fonts(wanted: Iterable[str]) -> dict[str, Path]:
    """Files of the fonts wanted that this machine has.

    Matplotlib keeps a list of fonts that may be older than the machine's: when the list knows none
    of them, the system is asked, and what it has is made known to Matplotlib.
    """
    names = frozenset(wanted)
    known = _known(names)
    if known:
        return known
    for path in sorted(font_manager.findSystemFonts()):
        if _family(path) in names:
            font_manager.fontManager.addfont(path)
    return _known(names)


def _known(names: frozenset[str]) -> dict[str, Path]:
    """Fonts on Matplotlib's list whose file is still there."""
    found: dict[str, Path] = {}
    for entry in font_manager.fontManager.ttflist:
        if entry.name in names and Path(entry.fname).is_file():
            found.setdefault(entry.name, Path(entry.fname))
    return found


def _family(path: str) -> str:
    """Name of a font file's family, or nothing when it cannot be read."""
    try:
        return str(FT2Font(path).family_name)
    except (OSError, RuntimeError):
        return ""


def _code_points(path: Path) -> frozenset[int]:
    """Every character that a font file can draw; none when the file cannot be read."""
    try:
        return frozenset(FT2Font(str(path)).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
