"""Which rows of a delivery say nothing that another row does not say as well."""

from __future__ import annotations

import polars as pl

from fanpin_risk.records.files import LINE


def copies(shared: pl.DataFrame, n_records: pl.DataFrame) -> pl.Series:
    """Lines of the rows all of whose records another row holds too.

    Of rows with the same records all but the first are copies; a row that holds less than another
    is a copy wherever it stands. A row with a record of its own is none: what it shares with
    others is on file once, and it brings the rest.

    Parameters
    ----------
    shared
        ``_line`` and ``record``: the records that several rows hold alike, for each of those rows.
    n_records
        ``_line`` and ``n``: how many records each row holds in all.

    Examples
    --------
    >>> shared = pl.DataFrame({LINE: [2, 3, 3, 4, 4], "record": ["a", "a", "b", "a", "b"]})
    >>> n_records = pl.DataFrame({LINE: [2, 3, 4], "n": [1, 2, 2]})
    >>> copies(shared, n_records).to_list()
    [2, 4]
    """
    held = shared.join(n_records, on=LINE)
    signed = held.group_by(LINE).agg(
        pl.col("n").first(),
        n_shared=pl.len(),
        signature=pl.col("record").sort().str.join("\n"),
    )
    whole = signed.filter(pl.col("n") == pl.col("n_shared")).sort(LINE)
    is_again = ~pl.col("signature").is_first_distinct()
    again, first = whole.filter(is_again)[LINE], whole.filter(~is_again)
    richer = held.filter(pl.col("n") > 1).rename({LINE: "_other", "n": "_n_other"})
    less = (
        held.join(first.select(LINE), on=LINE, how="semi")
        .join(richer, on="record")
        .filter(pl.col("_n_other") > pl.col("n"))
        .group_by(LINE, "_other")
        .agg(pl.col("n").first(), n_met=pl.len())
        .filter(pl.col("n") == pl.col("n_met"))[LINE]
    )
    return pl.concat([again, less]).unique().sort()
