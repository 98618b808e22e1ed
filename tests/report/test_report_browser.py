"""The report in a real browser: every sign drawn, nothing fetched, nothing cut off, on every page.

The browser is driven through its own protocol over a pair of pipes, so nothing else is installed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import select
import shutil
import signal
import time
import zlib
from pathlib import Path

import matplotlib as mpl
import pytest

from fanpin_risk.report.figures import FIGURES, report_figures
from fanpin_risk.report.fonts import figure_font
from fanpin_risk.report.html import SECTIONS, write_report
from fanpin_risk.report.words import NOT_FOR

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "No headless browser is installed. On Debian or Ubuntu: apt-get install chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
WIDTHS = (1280, 400)
PATIENCE_SECONDS = 60

SIGNS_NOT_DRAWN = """(() => {
  const signs = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const style = getComputedStyle(node.parentElement);
    const font = `${style.fontStyle} ${style.fontWeight} 24px ${style.fontFamily}`;
    if (!signs.has(font)) signs.set(font, new Set());
    for (const sign of node.data) if (sign.trim()) signs.get(font).add(sign);
  }
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 48;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const picture = sign => {
    pen.clearRect(0, 0, 48, 48);
    pen.fillText(sign, 8, 34);
    return pen.getImageData(0, 0, 48, 48).data.join();
  };
  const bad = [];
  for (const [font, all] of signs) {
    pen.font = font;
    const nothing = picture(' ');
    const box = picture('\\u0378');  // a code point that means nothing, so no font draws it
    for (const sign of all) if ([box, nothing].includes(picture(sign))) bad.push(sign);
  }
  return { bad: bad.join(''), n: [...signs.values()].reduce((n, s) => n + s.size, 0) };
})()"""

STICKING_OUT = """(() => {
  const wide = document.scrollingElement.scrollWidth;
  const out = [...document.querySelectorAll('body *')].filter(e =>
    e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll > *'));
  return { inner: innerWidth, wide, out: out.map(e => e.outerHTML.slice(0, 80)) };
})()"""

FIGURE_TEXTS = """[...document.querySelectorAll('.drawing')].map(figure => {
  const box = r => [r.left, r.top, r.right, r.bottom];
  const texts = [...figure.querySelectorAll('text')].filter(t => t.textContent.trim());
  return {
    id: figure.id,
    edge: box(figure.querySelector('svg').getBoundingClientRect()),
    texts: texts.map(t => ({
      words: t.textContent.trim(),
      tilted: /rotate\\(-?(?!0|90|270)/.test(t.getAttribute('transform') || ''),
      box: box(t.getBoundingClientRect()),
    })),
  };
})"""

VISIBLE_SECTIONS = """[...document.querySelectorAll('main > section')].map(s => ({
  id: s.id, height: s.getBoundingClientRect().height, words: s.innerText,
}))"""

BANNER_AT = """(share => {
  scrollTo(0, share * document.documentElement.scrollHeight);
  const banner = document.querySelector('.banner');
  const { top, height } = banner.getBoundingClientRect();
  const seen = banner.contains(document.elementFromPoint(40, 10));
  return { top, height, seen, words: banner.innerText };
})"""


class Browser:
    """A headless browser with a fresh profile; every message it sends is kept."""

    def __init__(self, folder: Path, **environment: str) -> None:
        program = next(path for name in BROWSERS if (path := shutil.which(name)))
        command_end, to_browser = (high(end) for end in os.pipe())
        from_browser, answer_end = (high(end) for end in os.pipe())
        silent = os.open(os.devnull, os.O_RDWR)
        self.process = os.posix_spawn(
            program,
            [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            os.environ | {"HOME": str(folder)} | environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, silent, 1),
                (os.POSIX_SPAWN_DUP2, silent, 2),
                (os.POSIX_SPAWN_DUP2, command_end, 3),
                (os.POSIX_SPAWN_DUP2, answer_end, 4),
            ],
            setpgroup=0,
        )
        for end in (command_end, answer_end, silent):
            os.close(end)
        self.to_browser, self.from_browser = to_browser, from_browser
        self.received, self.number = b"", 0
        self.messages: list[dict] = []

    def close(self) -> None:
        """End the browser and all it started."""
        os.close(self.to_browser)
        os.close(self.from_browser)
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def next_message(self) -> dict:
        """Wait for the next message."""
        until = time.monotonic() + PATIENCE_SECONDS
        while b"\0" not in self.received:
            left = until - time.monotonic()
            ready, _, _ = select.select([self.from_browser], [], [], max(left, 0))
            arrived = os.read(self.from_browser, 1 << 20) if ready else b""
            if not arrived:
                raise TimeoutError("the browser does not answer")
            self.received += arrived
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method: str, session: str | None = None, **parameters) -> dict:
        """Send a command and wait for its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        content = json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        while content:
            content = content[os.write(self.to_browser, content) :]
        while True:
            answer = self.next_message()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.messages.append(answer)

    def open(self, page: Path, *, width: int) -> Tab:
        """Open a page in a tab of a width in pixels, and wait until it is loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable", session)
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            session,
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.ask("Page.navigate", session, url=page.as_uri())
        tab = Tab(self, session)
        while not tab.heard("Page.loadEventFired"):
            self.messages.append(self.next_message())
        return tab


class Tab:
    """One page in a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session

    def heard(self, method: str) -> list[dict]:
        """Everything that the page reported of one kind."""
        return [
            message["params"]
            for message in self.browser.messages
            if message.get("sessionId") == self.session and message["method"] == method
        ]

    def value(self, expression: str):
        """Value of an expression in the page."""
        found = self.browser.ask(
            "Runtime.evaluate", self.session, expression=expression, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def printed(self) -> bytes:
        """The page as a PDF on the paper that it asks for."""
        found = self.browser.ask("Page.printToPDF", self.session, preferCSSPageSize=True)
        return base64.b64decode(found["data"])


def high(end: int) -> int:
    """Move an end of a pipe out of the way of the numbers the browser reads and writes."""
    moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(end)
    return moved


def require_browser() -> None:
    """Where tests must run a missing browser fails them, elsewhere they are skipped."""
    if not any(shutil.which(name) for name in BROWSERS):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(INSTALL)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all pages."""
    require_browser()
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def report(content, tmp_path_factory) -> Path:
    """The report of the small content, with its figures."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, content, report_figures(content, font=figure_font(notice=lambda _: None)))
    return path


@pytest.fixture(scope="module")
def tabs(browser, report) -> dict[int, Tab]:
    """The report at both widths."""
    return {width: browser.open(report, width=width) for width in WIDTHS}


def other_page(tmp_path: Path, body: str) -> Path:
    """A page that does what a report must not."""
    path = tmp_path / "other.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{body}</body>", encoding="utf-8")
    return path


def test_every_section_is_seen_in_both_languages(tabs):
    """Each section takes room on the screen and has Chinese and English words."""
    for tab in tabs.values():
        sections = tab.value(VISIBLE_SECTIONS)
        assert [section["id"] for section in sections] == list(SECTIONS)
        for section in sections:
            assert section["height"] > 60
            assert re.search(r"[\u4e00-\u9fff]{4}", section["words"]), section["id"]
            assert re.search(r"[a-z]{4}", section["words"]), section["id"]


def test_no_sign_is_missing_from_the_fonts(tabs):
    """Every sign of every font used is drawn as something else than the box of a missing one."""
    found = tabs[1280].value(SIGNS_NOT_DRAWN)
    assert found["n"] > 500
    assert found["bad"] == ""


def test_a_machine_without_chinese_fonts_would_be_found_out(report, tmp_path):
    """With nothing but a Latin font the same look at the same page finds boxes."""
    require_browser()
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    configuration = tmp_path / "fonts.conf"
    configuration.write_text(
        f"<?xml version='1.0'?><fontconfig><dir>{fonts}</dir>"
        f"<cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    )
    poor = Browser(tmp_path / "profile", FONTCONFIG_FILE=str(configuration))
    try:
        bad = poor.open(report, width=1280).value(SIGNS_NOT_DRAWN)["bad"]
    finally:
        poor.close()
    assert {"返", "贫", "户"} <= set(bad)
    assert not set("abcdefghijklmnopqrstuvwxyz0123456789%[]") & set(bad)


def test_nothing_is_asked_from_the_network(tabs, report):
    """The only address asked for is the page itself; the page's own policy was never broken."""
    for tab in tabs.values():
        asked = [event["request"]["url"] for event in tab.heard("Network.requestWillBeSent")]
        assert asked == [report.as_uri()]
        assert tab.heard("Log.entryAdded") == []


def test_a_page_that_asks_the_network_would_be_found_out(browser, tmp_path):
    """The same look at a page with a picture from elsewhere sees the address."""
    page = other_page(tmp_path, "<img src='http://example.invalid/x.png'>")
    asked = [
        event["request"]["url"]
        for event in browser.open(page, width=400).heard("Network.requestWillBeSent")
    ]
    assert "http://example.invalid/x.png" in asked


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_sideways(tabs, width):
    """The page is as wide as its window; only tables scroll, inside their own box."""
    found = tabs[width].value(STICKING_OUT)
    assert found["inner"] == width
    assert found["wide"] <= width
    assert found["out"] == []


def test_tables_scroll_inside_their_own_box(tabs):
    """On a narrow screen some table is wider than its box, which can be scrolled by keyboard."""
    boxes = tabs[400].value(
        "[...document.querySelectorAll('.scroll')].map(b => ({wide: b.scrollWidth > b.clientWidth,"
        " how: getComputedStyle(b).overflowX, tab: b.tabIndex}))"
    )
    assert any(box["wide"] for box in boxes)
    assert all(box["how"] == "auto" and box["tab"] == 0 for box in boxes)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_that_sticks_out_would_be_found_out(browser, tmp_path, width):
    """The same look at a page with a wide box sees it."""
    page = other_page(tmp_path, "<div style='width:2000px'>wide</div>")
    found = browser.open(page, width=width).value(STICKING_OUT)
    assert found["wide"] == 2000 + 8
    assert len(found["out"]) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_words_of_figures_are_inside_and_apart(tabs, width):
    """In the reader's own font no word of a figure is cut off or covers another."""
    figures = tabs[width].value(FIGURE_TEXTS)
    assert {figure["id"] for figure in figures} == {f"figure-{name}" for name in FIGURES}
    for figure in figures:
        assert len(figure["texts"]) > 5
        left, top, right, bottom = figure["edge"]
        upright = [text for text in figure["texts"] if not text["tilted"]]
        for text in figure["texts"]:
            a, b, c, d = text["box"]
            inside = a >= left - 1 and b >= top - 1 and c <= right + 1 and d <= bottom + 1
            assert inside, (figure["id"], text["words"])
        for i, one in enumerate(upright):
            for two in upright[i + 1 :]:
                across = min(one["box"][2], two["box"][2]) - max(one["box"][0], two["box"][0])
                down = min(one["box"][3], two["box"][3]) - max(one["box"][1], two["box"][1])
                line = min(one["box"][3] - one["box"][1], one["box"][2] - one["box"][0])
                assert across < 2 or down < 0.5 * line, (one["words"], two["words"])


@pytest.mark.parametrize("width", WIDTHS)
def test_what_it_is_not_for_is_seen_wherever_one_reads(tabs, width):
    """The notice stays at the top of the window from the first line to the last."""
    for share in (0, 0.2, 0.5, 0.8, 1):
        found = tabs[width].value(f"{BANNER_AT}({share})")
        assert abs(found["top"]) < 1
        assert found["height"] > 20
        assert found["seen"]
        assert NOT_FOR.zh in found["words"]
        assert NOT_FOR.en in found["words"]


def test_what_it_is_not_for_is_printed_on_every_page(tabs):
    """Each printed page carries the notice in both languages."""
    pages = printed_texts(tabs[1280].printed())
    assert len(pages) > 5
    for number, words in enumerate(pages, start=1):
        assert NOT_FOR.zh in words, f"page {number}"
        assert NOT_FOR.en.replace(" ", "") in words, f"page {number}"


def printed_texts(pdf: bytes) -> list[str]:
    """Words of each page of a PDF that the browser printed, without spaces."""
    objects = {
        int(number): body
        for number, body in re.findall(rb"(?m)^(\d+) 0 obj\s(.*?)endobj", pdf, flags=re.DOTALL)
    }
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    return [_page_text(page, objects) for page in pages]


def _page_text(page: bytes, objects: dict[int, bytes]) -> str:
    """Words of one page: its strings of glyphs, translated by its fonts."""
    fonts = {
        name: _letters(objects[int(number)], objects)
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", page)
    }
    content = _stream(objects[int(re.search(rb"/Contents (\d+) 0 R", page)[1])])
    letters, words = {}, []
    for font, glyphs in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>", content):
        letters = fonts[font] if font else letters
        digits = len(next(iter(letters), "0000"))
        text = glyphs.decode()
        words += [letters.get(text[i : i + digits], "") for i in range(0, len(text), digits)]
    return "".join(words).replace(" ", "")


def _letters(font: bytes, objects: dict[int, bytes]) -> dict[str, str]:
    """What each glyph of a font stands for; it has two digits in some fonts, four in others."""
    reference = re.search(rb"/ToUnicode (\d+) 0 R", font)
    table = _stream(objects[int(reference[1])]).decode("latin-1") if reference else ""
    found = {}
    for first, last, start in re.findall(
        r"(?m)^<([0-9A-F]{2,4})> <([0-9A-F]{2,4})> <([0-9A-F]{4})>$", table
    ):
        for code in range(int(first, 16), int(last, 16) + 1):
            letter = chr(int(start, 16) + code - int(first, 16))
            found[f"{code:0{len(first)}X}"] = letter
    for code, letter in re.findall(r"(?m)^<([0-9A-F]{2,4})> <([0-9A-F]{4})>$", table):
        found[code] = chr(int(letter, 16))
    return found


def _stream(body: bytes) -> bytes:
    """Content of a stream, unpacked."""
    content = body[body.index(b"stream") + len(b"stream") :].lstrip(b"\r\n")
    return zlib.decompressobj().decompress(content)
