"""Routes a second time: one household at a time, from the founding text's three ways."""

from __future__ import annotations


def routes(row, *, weak_route):
    """Route and second route of one household."""
    case = row["main_worker_lost"] is True or row["proposal"] == "sudden"
    for kind in ("disaster", "accident"):
        if row[f"struck_by_{kind}"] is True and row[f"major_{kind}"] is not False:
            case = True
    able, weak = bool(row["n_able"]), bool(row["n_weak"])
    told = row["n_labour_unknown"] == 0
    nobody = (told and bool(row["n_members"])) or row["is_no_labour_on_register"] is True
    second = None
    if able:
        by_labour = "development"
    elif weak and weak_route == "development_and_net":
        by_labour, second = "development", "safety_net"
    elif weak:
        by_labour = "safety_net" if told else "cannot_tell"
    else:
        by_labour = "safety_net" if nobody else "cannot_tell"
    if not case:
        return by_labour, second
    return "case_by_case", None if by_labour == "cannot_tell" else by_labour
