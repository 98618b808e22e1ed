"""Commands about records: what they say, what they leave behind, and that they name nobody."""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
import xlsxwriter
import yaml
from python_calamine import CalamineWorkbook

import fanpin_risk
from fanpin_risk.cli import app
from fanpin_risk.errors import EXIT_CODES
from fanpin_risk.records.deletion import delete_older, kept_from
from fanpin_risk.records.identity_key import IdentityKey
from fanpin_risk.records.store import Store
from fanpin_risk.report.quarantine_book import MEND_SHEET
from fanpin_risk.simulate.offices import office_deliveries
from fanpin_risk.simulate.sheets import sheet_bytes
from fanpin_risk.simulate.small_county import small_county

ROOT = Path(fanpin_risk.__file__).parents[2]
COMMANDS = ("ingest", "quality", "quarantine", "delete")
RECEIVED_ON = "2024-06-30"


@pytest.fixture(scope="module")
def people():
    """Forty made-up households with names, phones and identity numbers."""
    return small_county(40, 8, seed=9, first_day=date(2022, 1, 1))


def configured(folder, inputs, name="county"):
    """Write an ingest configuration; its path."""
    content = {
        "name": name,
        "store": "store",
        "county": "230199",
        "checks": str(ROOT / "configs/quality.yaml"),
        "inputs": inputs,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def input_of(source, path, snapshot_on=None):
    """An input of a configuration."""
    told = {"source": str(ROOT / f"configs/sources/{source}.yaml"), "files": [str(path)]}
    return told if snapshot_on is None else told | {"snapshot_on": snapshot_on}


def dirty(sheet):
    """An office's file with a broken row, a doubled one, and one that is cut off."""
    rows = list(sheet.rows)
    broken = [f"{cell} ?" if isinstance(cell, str) and cell[:4].isdigit() else cell
              for cell in rows[0]]  # fmt: skip
    return replace(sheet, rows=(*rows, tuple(broken), rows[-1]), keys=())


@pytest.fixture(scope="module")
def filled(run_fanpin, people, tmp_path_factory):
    """Everything that the offices sent, some of it broken, taken in by one command.

    Returns
    -------
    tuple
        What the command said, the folder with store, outputs and key, and the configuration.
    """
    folder = tmp_path_factory.mktemp("county")
    inputs = []
    for number, one in enumerate(office_deliveries(people, month=None)):
        sheet = dirty(one.sheet)
        path = folder / f"{number:02d}.{sheet.kind}"
        path.write_bytes(sheet_bytes(sheet))
        inputs.append(input_of(sheet.source, path, one.snapshot_on))
    config = configured(folder, inputs)
    ran = ingest(run_fanpin, folder, config)
    return ran, folder, config


def ingest(run_fanpin, folder, config, *more, received_on=RECEIVED_ON):
    """Run `ingest` with the key of the folder."""
    return run_fanpin(
        *("ingest", config, "--received-on", received_on, "--root", folder, "--threads", 1),
        *("--key-file", folder / "keys/identity.key", *more),
    )


def mode(path):
    """Rights of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def texts_of(folder):
    """Every file below a folder: raw bytes, and the cells of Parquet files as text."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        yield name, path.read_bytes()
        if path.suffix == ".parquet":
            yield name, pl.read_parquet(path).write_json().encode()


def persons(people):
    """Everything by which somebody could be recognised: numbers, cards, names, phones."""
    return {
        *people.heads.values(),
        *(row["person"] for row in people.tables["member_snapshot"]),
        *people.cards.values(),
        *people.names.values(),
        *people.phones.values(),
    }


def test_ingest_says_what_became_of_every_file(filled):
    """A row for each file, the workbooks to be mended, and code 0: a quarantine is no error."""
    ran, folder, config = filled
    assert ran.code == 0, ran.err
    store = Store(folder / "store")
    n_files = len(yaml.safe_load(config.read_text(encoding="utf-8"))["inputs"])
    assert len(store.batches()) == n_files
    books = re.findall(r"待修正 To be mended and sent again:", ran.out)
    assert len(books) == sum(entry["rows_quarantined"] > 0 for entry in store.batches()) > 10
    assert len(list((folder / "outputs/county/quarantine").glob("*.xlsx"))) == len(books)
    for word in ("file", "batch", "read", "accepted", "quarantined", "000001"):
        assert word in ran.out
    assert "Traceback" not in ran.err
    assert store.quarantine().height > 20


def test_nobody_stands_in_the_store_outside_the_private_folder(filled, people):
    """No identity number, card, name or phone in any file of the store but the private ones.

    Both the bytes and the decoded Parquet files are searched, and the names of the files.
    """
    _, folder, _ = filled
    found = persons(people)
    assert len(found) > 200
    private = 0
    for name, content in texts_of(folder / "store"):
        hits = [who for who in found if who.encode() in content or who in name]
        if name.startswith("private/"):
            private += bool(hits)
            continue
        assert not hits, name
    assert private > 0  # the search does find them where they are


def test_nobody_stands_in_what_the_command_says(filled, people):
    """Neither standard output nor the steps on standard error name anybody."""
    ran, _, _ = filled
    assert not [who for who in persons(people) if who in ran.out or who in ran.err]


def test_the_key_stands_nowhere(filled):
    """The key is in its own file alone: not in the store, not in the outputs, not on the screen."""
    ran, folder, _ = filled
    key = (folder / "keys/identity.key").read_text(encoding="ascii").strip()
    forms = (key.encode(), key.upper().encode(), bytes.fromhex(key))
    for name, content in texts_of(folder):
        if name != "keys/identity.key":
            assert not any(form in content for form in forms), name
    assert key not in ran.out + ran.err


def test_rights_of_what_is_private(filled):
    """Key, quarantine, contacts and workbooks are for their owner alone."""
    _, folder, _ = filled
    store = Store(folder / "store")
    assert mode(folder / "keys/identity.key") == 0o600
    assert mode(store.folder / "private") == 0o700
    apart = store.files_apart("private")
    assert any("contacts" in path for path in apart)
    assert any("quarantine" in path for path in apart)
    assert {mode(store.folder / path) for path in apart} == {0o600}
    assert mode(folder / "outputs/county/quarantine") == 0o700
    assert {mode(path) for path in (folder / "outputs").rglob("*.xlsx")} == {0o600}


def test_the_same_command_again_adds_nothing(run_fanpin, filled):
    """Every file is on file already; no byte of the store changes, and no workbook is named."""
    _, folder, config = filled
    before = dict(texts_of(folder / "store"))
    ran = ingest(run_fanpin, folder, config, received_on="2024-07-05")
    assert ran.code == 0, ran.err
    assert ran.out.count("已入库") == len(Store(folder / "store").batches())
    assert "To be mended" not in ran.out
    assert dict(texts_of(folder / "store")) == before


def test_a_workbook_goes_out_and_comes_back(run_fanpin, people, tmp_path):
    """A broken row is mended in its workbook and sent back: accepted once, nothing set aside."""
    bills = {one.sheet.source: one.sheet for one in office_deliveries(people, month=None)}
    sheet = bills["medical_insurance"].with_cell(4, "就诊日期", "2022-02-30")
    right = str(bills["medical_insurance"].rows[4][sheet.header.index("就诊日期")])
    path = tmp_path / "bills.xlsx"
    path.write_bytes(sheet_bytes(sheet))
    ran = ingest(run_fanpin, tmp_path, configured(tmp_path, [input_of(sheet.source, path)]))
    assert (ran.code, ran.out.count("To be mended and sent again")) == (0, 1), ran.err
    book = next((tmp_path / "outputs/county/quarantine").glob("*.xlsx"))
    header, *rows = CalamineWorkbook.from_path(str(book)).get_sheet_by_name(MEND_SHEET).to_python()
    assert len(rows) == 1
    rows[0][header.index("就诊日期")] = right
    mended = tmp_path / "mended.xlsx"
    with xlsxwriter.Workbook(mended) as copy:
        page = copy.add_worksheet()
        for y, line in enumerate((header, *rows)):
            for x, cell in enumerate(line):
                page.write_string(y, x, str(cell))
    back = configured(tmp_path, [input_of(sheet.source, mended)], name="back")
    for n_new in (1, 0):
        ran = ingest(run_fanpin, tmp_path, back, received_on="2024-07-10")
        assert (ran.code, "已入库" in ran.out) == (0, n_new == 0), ran.err
    store = Store(tmp_path / "store")
    assert (store.quarantine().height, store.batches()[-1]["rows_new"]) == (0, 1)
    ran = run_fanpin("quarantine", "--store", store.folder, "--output", tmp_path / "open")
    assert (ran.code, ran.out.strip()) == (0, "没有待修正的行 Nothing is set aside.")


def test_quarantine_writes_what_is_open(run_fanpin, filled, tmp_path):
    """One workbook for each batch with open rows, for the owner alone."""
    _, folder, _ = filled
    ran = run_fanpin("quarantine", "--store", folder / "store", "--output", tmp_path / "open")
    assert ran.code == 0, ran.err
    books = list((tmp_path / "open").glob("*.xlsx"))
    assert ran.out.count("To be mended and sent again") == len(books) > 10
    assert {mode(path) for path in books} == {0o600}


def test_a_file_that_cannot_be_read_is_told_after_the_others(run_fanpin, people, tmp_path):
    """Exit code 13 and a line for the bad file; the good one is in the store."""
    one = next(d for d in office_deliveries(people, month=None) if d.sheet.source == "housing")
    (tmp_path / "good.xlsx").write_bytes(sheet_bytes(one.sheet))
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    inputs = [input_of("housing", tmp_path / name) for name in ("bad.xlsx", "good.xlsx")]
    ran = ingest(run_fanpin, tmp_path, configured(tmp_path, inputs))
    assert ran.code == 13
    assert re.search(r"InputFileError: .*bad\.xlsx", ran.err)
    assert "Traceback" not in ran.err
    assert [entry["file"] for entry in Store(tmp_path / "store").batches()] == ["good.xlsx"]


@pytest.fixture
def bills_config(people, tmp_path):
    """A configuration whose one file holds identity numbers."""
    bills = {one.sheet.source: one.sheet for one in office_deliveries(people, month=None)}
    path = tmp_path / "bills.xlsx"
    path.write_bytes(sheet_bytes(bills["medical_insurance"]))
    return configured(tmp_path, [input_of("medical_insurance", path)])


def fingerprint(folder):
    """Fingerprint of the key that a store was filled with."""
    return json.loads((folder / "store/store.json").read_text(encoding="utf-8"))["key_fingerprint"]


def test_the_key_is_made_on_first_use(run_fanpin, bills_config, tmp_path, monkeypatch):
    """Without any word the key is made in the user's configuration, and used from then on."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FANPIN_RISK_KEY", raising=False)
    monkeypatch.delenv("FANPIN_RISK_KEY_FILE", raising=False)
    words = ("ingest", bills_config, "--received-on", RECEIVED_ON, "--root", tmp_path)
    assert run_fanpin(*words).code == 0
    path = tmp_path / "home/.config/fanpin_risk/identity.key"
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    first = path.read_text(encoding="ascii")
    assert re.fullmatch(r"[0-9a-f]{64}\n", first)
    assert run_fanpin(*words).code == 0
    assert path.read_text(encoding="ascii") == first
    assert fingerprint(tmp_path) == IdentityKey(bytes.fromhex(first)).fingerprint()


def test_the_key_may_come_from_the_environment(run_fanpin, bills_config, tmp_path, monkeypatch):
    """The key itself, or the path of its file, is handed down; a named file goes before both."""
    text = secrets.token_hex(32)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANPIN_RISK_KEY", text)
    words = ("ingest", bills_config, "--received-on", RECEIVED_ON, "--root", tmp_path)
    ran = run_fanpin(*words)
    assert ran.code == 0, ran.err
    assert fingerprint(tmp_path) == IdentityKey(bytes.fromhex(text)).fingerprint()
    assert not (tmp_path / "home").exists()
    monkeypatch.delenv("FANPIN_RISK_KEY")
    path = tmp_path / "elsewhere/county.key"
    monkeypatch.setenv("FANPIN_RISK_KEY_FILE", str(path))
    ran = run_fanpin(*words)
    assert (ran.code, path.exists()) == (11, True)  # another key, made there
    path.write_text(text, encoding="ascii")
    path.chmod(0o600)
    assert run_fanpin(*words).code == 0
    ran = run_fanpin(*words, "--key-file", tmp_path / "third.key")
    assert ran.code == 11
    assert "was filled with another identity key" in ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not hexadecimal", "FANPIN_RISK_KEY: holds no identity key: 64 hexadecimal digits"),
        ("abcd", "FANPIN_RISK_KEY: holds no identity key: 64 hexadecimal digits"),
    ],
)
def test_a_key_that_is_none(run_fanpin, bills_config, tmp_path, monkeypatch, text, words):
    """A text that is no key is refused without being shown, and nothing is written."""
    monkeypatch.setenv("FANPIN_RISK_KEY", text)
    ran = run_fanpin("ingest", bills_config, "--received-on", RECEIVED_ON, "--root", tmp_path)
    assert ran.code == 11
    assert words in ran.err
    assert text not in ran.err
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("command", ["ingest", "delete"])
def test_a_key_inside_the_store_is_refused(run_fanpin, bills_config, tmp_path, command):
    """The key must not stand beside what it protects."""
    inside = ("--key-file", tmp_path / "store/keys/identity.key")
    if command == "ingest":
        ran = run_fanpin("ingest", bills_config, "--received-on", RECEIVED_ON, *inside)
    else:
        assert ingest(run_fanpin, tmp_path, bills_config).code == 0
        ran = run_fanpin("delete", "--store", tmp_path / "store", "--household", "H1", *inside)
    assert ran.code == 11
    assert "the identity key must not stand in the store. Keep it apart." in ran.err
    assert not (tmp_path / "store/keys").exists()


def test_a_key_that_others_may_read_is_refused(run_fanpin, bills_config, tmp_path):
    """A key file with open rights is named, with the command that mends it."""
    path = tmp_path / "keys/identity.key"
    path.parent.mkdir()
    path.write_text(secrets.token_hex(32), encoding="ascii")
    path.chmod(0o644)
    ran = ingest(run_fanpin, tmp_path, bills_config)
    assert ran.code == 11
    assert "other users may read the identity key. Run `chmod 600` on it." in ran.err


def test_delete_a_household(run_fanpin, people, tmp_path):
    """The command says how many rows went from which table, and the household is gone."""
    inputs = []
    for one in office_deliveries(people, month=None):
        if one.sheet.source in ("national_household", "housing"):
            path = tmp_path / f"{one.sheet.source}{one.received_on}.{one.sheet.kind}"
            path.write_bytes(sheet_bytes(one.sheet))
            inputs.append(input_of(one.sheet.source, path, one.snapshot_on))
    assert ingest(run_fanpin, tmp_path, configured(tmp_path, inputs)).code == 0
    store = Store(tmp_path / "store")
    household = people.tables["household_snapshot"][0]["household_id"]
    rows = store.scan("household_snapshot").collect()
    n_rows = rows.filter(household_id=household).height
    words = ("delete", "--store", store.folder, "--household", household, "--on", "2024-08-01")
    key = ("--key-file", tmp_path / "keys/identity.key")
    ran = run_fanpin(*words, *key)
    assert ran.code == 0, ran.err
    assert re.search(rf"household_snapshot\W+{n_rows}\b", ran.out)
    assert "apart" in ran.out
    left = store.scan("household_snapshot").collect()
    assert left.height == rows.height - n_rows
    assert store.entries()[-1]["asked_on"] == "2024-08-01"
    ran = run_fanpin(*words, *key)
    assert ran.code == 11
    assert f"Nothing about household '{household}' is on file. Check its number." in ran.err
    ran = run_fanpin(*words, "--key-file", tmp_path / "other.key")
    assert (ran.code, "another identity key" in ran.err) == (11, True)


def test_delete_what_is_old(run_fanpin, bills_config, tmp_path):
    """By day and table, and by the contracts' own limits; what was deleted is said."""
    assert ingest(run_fanpin, tmp_path, bills_config).code == 0
    store = Store(tmp_path / "store")
    bills = store.scan("medical_bill").collect()
    words = ("delete", "--store", store.folder, "--on", "2024-08-01")
    ran = run_fanpin(*words, "--before", "2022-07-01", "--table", "medical_bill")
    assert ran.code == 0, ran.err
    left = store.scan("medical_bill").collect()
    assert 0 < left.height < bills.height
    assert re.search(rf"medical_bill\W+{bills.height - left.height}\b", ran.out)
    ran = run_fanpin(*words, "--expired")
    assert (ran.code, "medical_bill" in ran.out) == (0, False)
    ran = run_fanpin("delete", "--store", store.folder, "--on", "2999-01-01", "--expired")
    assert (ran.code, "--on 2999-01-01 is still to come" in ran.err) == (11, True)
    assert store.scan("medical_bill").collect().height == left.height
    later = date(2040, 1, 1)
    done = delete_older(store, kept_from(later), asked_on=later)
    assert done.rows["medical_bill"] == left.height
    assert store.scan("medical_bill").collect().height == 0


def test_a_delivery_from_a_day_to_come_is_refused(run_fanpin, bills_config, tmp_path):
    """A slip in the day would bar every later delivery, so it is refused at once."""
    ran = ingest(run_fanpin, tmp_path, bills_config, received_on="2999-01-01")
    assert (ran.code, "--received-on 2999-01-01 is still to come" in ran.err) == (11, True)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say one of --household, --before and --expired."),
        (
            ("--expired", "--before", "2020-01-01"),
            "Say one of --household, --before and --expired.",
        ),
        (("--before", "2020-01-01", "--table", "medical_bil"), "is no record table. "),
        (("--expired", "--table", "visit"), "--table goes with --before"),
        (("--before", "31/12/2020"), "2020"),
    ],
)
def test_delete_must_be_told_one_thing(run_fanpin, bills_config, tmp_path, words, said):
    """What cannot be meant is refused, and nothing is deleted."""
    assert ingest(run_fanpin, tmp_path, bills_config).code == 0
    before = dict(texts_of(tmp_path / "store"))
    ran = run_fanpin("delete", "--store", tmp_path / "store", *words)
    assert ran.code in (2, 11)
    assert said in ran.err
    assert dict(texts_of(tmp_path / "store")) == before


@pytest.mark.parametrize("command", ["quality", "quarantine", "delete"])
def test_a_store_that_is_not_there(run_fanpin, tmp_path, command):
    """The folder is named, and the command that fills one; none is made."""
    more = ("--expired",) if command == "delete" else ("--output", tmp_path / "out")
    ran = run_fanpin(command, "--store", tmp_path / "none", *more)
    assert ran.code == 13
    assert "there is no store. Fill one with `fanpin-risk ingest`." in ran.err
    assert not (tmp_path / "none").exists()


def test_quality_writes_page_and_workbook(run_fanpin, filled, people, tmp_path):
    """The command says how the checks came out and where the report is; the page names nobody."""
    _, folder, _ = filled
    ran = run_fanpin(
        *("quality", "--store", folder / "store", "--as-of", RECEIVED_ON),
        *("--output", tmp_path / "quality", "--checks", ROOT / "configs/quality.yaml"),
    )
    assert ran.code == 0, ran.err
    assert "报告 Report:" in ran.out
    assert "passed" in ran.out
    page = (tmp_path / "quality/quality.html").read_text(encoding="utf-8")
    assert (tmp_path / "quality/quality.xlsx").stat().st_size > 5_000
    assert "监测记录质量报告" in page
    numbers = persons(people) - set(people.names.values())
    assert not [who for who in numbers if who in page]


def test_quality_of_a_day_before_the_store(run_fanpin, filled, tmp_path):
    """Exit code 14: nothing had been received by then."""
    _, folder, _ = filled
    ran = run_fanpin(
        *("quality", "--store", folder / "store", "--as-of", "2019-01-01"),
        *("--output", tmp_path / "quality", "--checks", ROOT / "configs/quality.yaml"),
    )
    assert ran.code == 14
    assert "AsOfError: Nothing had been received by 2019-01-01. Choose a later day." in ran.err
    assert not (tmp_path / "quality").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_that_can_be_typed(run_fanpin, command):
    """Every new command's help says what it does, how to call it, and what its codes mean."""
    ran = run_fanpin(command, "--help")
    assert ran.code == 0
    examples = re.findall(r"^\s*(fanpin-risk .*)$", ran.out.split("Example")[1], flags=re.MULTILINE)
    assert examples
    group = typer.main.get_command(app)
    for example in examples:
        argv = example.split()[1:]
        context = group.make_context("fanpin-risk", list(argv))
        name, found, rest = group.resolve_command(context, list(argv))
        assert name == command
        found.make_context(name, rest, parent=context)  # raises where a word is unknown
    assert all(str(code) in ran.out for code in (*EXIT_CODES, 2))


def test_a_day_is_a_day(run_fanpin, bills_config, tmp_path):
    """A day in another form is refused with the form that is wanted."""
    ran = run_fanpin("ingest", bills_config, "--received-on", "30.6.2024", "--root", tmp_path)
    assert ran.code == 2
    assert "2024" in ran.err
    assert not (tmp_path / "store").exists()


def test_the_key_is_not_asked_for_where_nobody_is_named(run_fanpin, people, tmp_path, monkeypatch):
    """Files without identity numbers need no key, and none is made."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    one = next(d for d in office_deliveries(people, month=None) if d.sheet.source == "housing")
    (tmp_path / "housing.xlsx").write_bytes(sheet_bytes(one.sheet))
    config = configured(tmp_path, [input_of("housing", tmp_path / "housing.xlsx")])
    ran = run_fanpin("ingest", config, "--received-on", RECEIVED_ON, "--root", tmp_path)
    assert ran.code == 0, ran.err
    assert not (tmp_path / "home").exists()
    assert "key_fingerprint" not in json.loads((tmp_path / "store/store.json").read_text("utf-8"))
    assert os.environ["HOME"] == str(tmp_path / "home")
