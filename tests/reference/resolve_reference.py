"""Which version each record becomes and which rows do not fit together, row by row in plain Python.

A second statement of the rules of `fanpin_risk.records.resolve`, made to be read, not to be fast.
"""

from __future__ import annotations

from collections import Counter, defaultdict

GRAVEST = ["conflict", "contradiction", "stale", "nothing_to_withdraw", "gap", "later", "copy"]
NOT_CONTENT = {
    *("_line", "_known", "_given_version", "county", "entered_on", "record_id"),
    *("version", "recorded_on", "_number_fits"),
}


class EvenlyContradictingError(Exception):
    """Half of the rows known first against the other half: nobody can tell."""


def resolve_slowly(parts, stored, *, has_versions):
    """Versions of the rows that fit together, and the gravest fault of each row that does not.

    Parameters
    ----------
    parts
        Of each mapping: ``table``, ``is_carried``, ``figures`` and ``rows``, the records as dicts.
    stored
        ``{table: {record_id: [version, ...]}}``, versions as dicts in their order.
    has_versions
        Whether the rows give their version.

    Returns
    -------
    versions, faults
        Of each mapping ``{line: (version, state, known, row)}``, for a place's figures under the
        first line that gives them; and ``{line: kind}``.
    """
    parts = [part | {"rows": list(part["rows"])} for part in parts]
    faults = {}

    def set_aside(found):
        worst = {}
        for line, kind in found:
            worst[line] = min(worst.get(line, kind), kind, key=GRAVEST.index)
        faults.update(worst)
        for part in parts:
            part["rows"] = [row for row in part["rows"] if row["_line"] not in worst]

    set_aside(_doubles(parts, "_given_version" if has_versions else "entered_on"))
    set_aside(_said_by_two_mappings(parts))
    set_aside(_contradictions(parts))
    while True:
        versions, found = [], []
        for part in parts:
            number = _given if has_versions and not part["is_carried"] else _counted
            kept, wrong = _by_record(part, stored.get(part["table"], {}), number)
            versions.append(kept)
            found += wrong
        if not found:
            return versions, faults
        set_aside(found)


def content_of(row):
    """What makes one version differ from another."""
    return {name: value for name, value in row.items() if name not in NOT_CONTENT}


def _grouped(rows, *names):
    """Rows by the values of some columns, in the order of their lines."""
    groups = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["_line"]):
        groups[tuple(row[name] for name in names)].append(row)
    return groups


def _doubles(parts, order):
    """Of rows of one record and version (or day), those that add nothing, and worse."""
    carried = defaultdict(list)
    for part in parts:
        if part["is_carried"]:
            for row in part["rows"]:
                carried[row["_line"]].append([row[name] for name in ["place", *part["figures"]]])
    held, alike = defaultdict(set), defaultdict(set)
    for number, part in enumerate(parts):
        if part["is_carried"]:
            continue
        for row in part["rows"]:
            held[row["_line"]].add((number, row["record_id"], row[order]))
        for key, rows in _grouped(part["rows"], "record_id", order).items():
            earliest = min(row["_known"] for row in rows)
            first = [row for row in rows if row["_known"] == earliest]
            said = [(row | {"_line": None}, carried[row["_line"]]) for row in first]
            if any(one != said[0] for one in said):
                yield from ((row["_line"], "conflict") for row in rows)
                continue
            yield from ((row["_line"], "later") for row in rows if row["_known"] > earliest)
            for row in first if len(first) > 1 else []:
                alike[row["_line"]].add((number, *key))
    yield from _mere_copies(held, alike)


def _mere_copies(held, alike):
    """Rows all of whose records another row has too: a richer one, or an equal one before it."""
    for line, records in alike.items():
        if records == held[line] and any(
            records <= others and (len(held[other]) > len(records) or other < line)
            for other, others in alike.items()
            if other != line
        ):
            yield line, "copy"


def _said_by_two_mappings(parts):
    """Rows of which two mappings make one and the same record."""
    owners = defaultdict(set)
    for number, part in enumerate(parts):
        for row in part["rows"]:
            owners[part["table"], row["record_id"]].add(number)
    for part in parts:
        for row in part["rows"]:
            if len(owners[part["table"], row["record_id"]]) > 1:
                yield row["_line"], "conflict"


def _contradictions(parts):
    """Rows that give another figure than most of the rows known first."""
    for part in parts:
        for figure in part["figures"] if part["is_carried"] else []:
            given = [row for row in part["rows"] if row[figure] is not None]
            for rows in _grouped(given, "record_id").values():
                earliest = min(row["_known"] for row in rows)
                said = Counter(row[figure] for row in rows if row["_known"] == earliest)
                (usual, n_usual), *others = said.most_common()
                if len({row[figure] for row in rows}) > 1 and others and others[0][1] == n_usual:
                    raise EvenlyContradictingError
                yield from ((row["_line"], "contradiction") for row in rows if row[figure] != usual)


def _by_record(part, stored, number):
    """Versions and faults of one mapping's rows, record by record."""
    kept, wrong = {}, []
    for (record_id,), rows in _grouped(part["rows"], "record_id").items():
        lines = {}
        if part["is_carried"]:
            rows = [row for row in rows if any(row[name] is not None for name in part["figures"])]
            if not rows:
                continue
            lines[rows[0]["_line"]] = [row["_line"] for row in rows]
            rows = [_one_of_all(rows, part["figures"])]
        for line, outcome in number(rows, stored.get(record_id, [])):
            if isinstance(outcome, str):
                wrong += [(one, outcome) for one in lines.get(line, [line])]
            else:
                kept[line] = outcome
    return kept, wrong


def _one_of_all(rows, figures):
    """One entry out of the rows that carry a place's figures: known from the first of them on."""
    whole = dict(rows[0]) | {"_given_version": None, "is_withdrawn": False}
    for name in ("_known", "entered_on"):
        whole[name] = min(row[name] for row in rows)
    for name in figures:
        whole[name] = next((row[name] for row in rows if row[name] is not None), None)
    counties = [row["county"] for row in rows if row["county"] is not None]
    return whole | {"county": min(counties, default=None)}


def _counted(rows, on_file):
    """Versions counted on from those on file, in the order in which they were entered."""
    top = on_file[-1] if on_file else None
    n, newest = (top["version"], content_of(top)) if top else (0, None)
    for row in sorted(rows, key=lambda row: (row["entered_on"], row["_line"])):
        content = content_of(row)
        known = max(row["_known"], top["recorded_on"]) if top else row["_known"]
        if top and row["entered_on"] < top["entered_on"]:
            is_known = any(content == content_of(version) for version in on_file)
            yield (
                row["_line"],
                (top["version"], "unchanged", known, row) if is_known else "stale",
            )
            continue
        is_new = content != newest
        n, newest = n + is_new, content
        if n == 1 and row["is_withdrawn"]:
            yield row["_line"], "nothing_to_withdraw"
        else:
            yield row["_line"], (n, _state(row, n) if is_new else "unchanged", known, row)


def _given(rows, on_file):
    """Versions as the rows give them, as far as each follows on the one before it."""
    rest, again = {}, []
    for row in rows:
        n = row["_given_version"]
        if n in rest:
            again.append(row)
        elif 1 <= n <= len(on_file) and content_of(row) == content_of(on_file[n - 1]):
            yield row["_line"], (n, "unchanged", row["_known"], row)
        else:
            rest[n] = row
    wanted, before = len(on_file) + 1, on_file[-1]["recorded_on"] if on_file else None
    follows, good = True, set()
    for n, row in sorted(rest.items()):
        known = row["_known"]
        follows = follows and n == wanted and (before is None or known >= before)
        good |= {n} if follows else set()
        yield row["_line"], (n, _state(row, n), known, row) if follows else "gap"
        wanted, before = wanted + 1, known
    for row in again:
        n = row["_given_version"]
        yield row["_line"], (n, "unchanged", row["_known"], row) if n in good else "gap"


def _state(row, version):
    """What a new version is."""
    if row["is_withdrawn"]:
        return "withdrawn"
    return "corrected" if version > 1 else "new"
