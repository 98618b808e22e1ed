"""Where a result comes from, and writing it whole or not at all."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fanpin_risk.errors import FanpinRiskError, OutputError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100
_ASIDE = ".earlier"


def digest_of_bytes(content: bytes) -> str:
    """SHA-256 of some bytes, in hexadecimal.

    Examples
    --------
    >>> digest_of_bytes(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def canonical_json(value: Any) -> str:
    """One spelling for one value: keys sorted, no spaces that depend on taste.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [1, 2]})
    '{"a":[1,2],"b":1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of_value(value: Any) -> str:
    """SHA-256 of a value that JSON can hold, in hexadecimal; the order of keys has no part in it.

    Examples
    --------
    >>> digest_of_value({"a": 1, "b": 2}) == digest_of_value({"b": 2, "a": 1})
    True
    """
    return digest_of_bytes(canonical_json(value).encode())


def package_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Versions of the packages named, and of Python; a package that is not there is left out."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file of the same name elsewhere, then put it in place in one step.

    Whatever stood at ``path`` stays as it was until the new file is complete.

    Raises
    ------
    OutputError
        If the file cannot be written; ``path`` is then unchanged.
    """
    with _output_errors(path), _workplace(path) as work:
        new = work / path.name
        new.touch()
        write(new)
        new.chmod(0o644)
        os.replace(new, path)


@contextmanager
def folder_written_whole(folder: Path, *, keep: tuple[str, ...] = ()) -> Iterator[Path]:
    """Give a new empty folder to fill; at the end it takes the place of ``folder`` in one step.

    If anything fails on the way, ``folder`` stays as it was and the half-filled one is removed. A
    process that is killed leaves ``folder`` as it was; what it left beside it is swept up by the
    next call. Several processes may write the same folder: it then holds the whole work of one.

    Parameters
    ----------
    folder
        Where the results belong. What stands there is replaced, so a folder that holds none of
        the new names, or the one the process works in, is refused.
    keep
        Names inside the present ``folder`` that are carried over when the new one does not bring
        them.

    Raises
    ------
    OutputError
        If something cannot be written, or ``folder`` holds something else than earlier results.
    """
    asked, folder = folder, folder.resolve()
    with _output_errors(asked):
        _refuse_place(folder, asked)
        with _workplace(folder) as work:
            new = work / folder.name
            new.mkdir()
            yield new
            new.chmod(0o755)
            with _locked(folder.parent):
                _carry_over(folder, new, keep)
                _refuse_other_content(folder, new, asked)
                _put_in_place(new, folder)


def require_place(folder: Path) -> None:
    """Raise before a long job what writing ``folder`` would raise after it, as far as is plain.

    Raises
    ------
    OutputError
        If ``folder`` is a file or the one the process works in, or cannot be written.
    """
    with _output_errors(folder):
        _refuse_place(folder.resolve(), folder)
        with _workplace(folder.resolve()):
            pass


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8 with plain line ends."""
    write_whole(path, lambda temporary: temporary.write_bytes(text.encode()))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file whole: sorted keys, readable by eye, Chinese as it is."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, text + "\n")


@contextmanager
def workplace(target: Path) -> Iterator[Path]:
    """Give a hidden folder beside ``target`` that its owner alone may read, and remove it after.

    What a killed process left there is swept up by the next call for the same ``target``.

    Raises
    ------
    OutputError
        If the folder cannot be made.
    """
    with _output_errors(target), _workplace(target) as work:
        yield work


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Let one process at a time change what stands in a folder; the others wait.

    The system takes the lock from a process that is killed.
    """
    with _locked(folder):
        yield


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Make a hidden folder beside ``target`` to work in, and remove it in the end.

    Its lock says that its owner still lives; the system takes the lock from a process that is
    killed.
    """
    _make_parent(target)
    with _locked(target.parent):
        _sweep(target)
        work = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
        )
        lock = _lock_if_free(work)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _refuse_place(folder: Path, asked: Path) -> None:
    """Refuse to replace a file, and the folder the process works in."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "it is a file, not a folder", str(asked))
    if Path.cwd().is_relative_to(folder):
        raise OutputError(
            f"Cannot write {asked}: the folder you are in would be replaced. "
            "Name a folder of its own."
        )


def _make_parent(target: Path) -> None:
    """Make the folders above ``target``; name the file that stands in the way."""
    in_the_way = [above for above in target.parents if above.exists() and not above.is_dir()]
    if in_the_way:
        raise NotADirectoryError(20, f"{in_the_way[0]} is a file, not a folder", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)


def _sweep(target: Path) -> None:
    """Remove what killed processes left beside ``target``; bring back what they put aside."""
    left = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]+\.partial")
    for work in [path for path in target.parent.iterdir() if left.fullmatch(path.name)]:
        lock = _lock_if_free(work)
        if lock is None:
            continue
        if (work / _ASIDE).exists() and not target.exists():
            os.rename(work / _ASIDE, target)
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change what stands in a folder."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks: one process at a time, then
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _lock_if_free(folder: Path) -> int | None:
    """Lock a folder without waiting; None where another process holds it, or no locks exist."""
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _carry_over(folder: Path, new: Path, keep: tuple[str, ...]) -> None:
    """Copy what is to be kept from the present folder, where the new one does not bring it."""
    for name in keep:
        if (new / name).exists() or not (folder / name).exists():
            continue
        copy = shutil.copytree if (folder / name).is_dir() else shutil.copy2
        copy(folder / name, new / name)


def _refuse_other_content(folder: Path, new: Path, asked: Path) -> None:
    """Refuse to replace what is not ours: a folder that shares no name with the new one."""
    present = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if present and not present & {path.name for path in new.iterdir()}:
        shown = ", ".join(sorted(present)[:3])
        raise OutputError(
            f"Cannot write {asked}: it holds other files ({shown}), which would be lost. "
            "Name a new or an empty folder."
        )


def _put_in_place(new: Path, folder: Path) -> None:
    """Let a folder take the place of another; the other is left in the workplace."""
    if not folder.exists():
        os.rename(new, folder)
    elif not _exchange(new, folder):
        _exchange_in_two_steps(new, folder)


def _exchange(new: Path, old: Path) -> bool:
    """Swap two folders in one step, and say whether the system can."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done = rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _EXCHANGE)
    return bool(done == 0)


def _exchange_in_two_steps(new: Path, old: Path) -> None:
    """Swap two folders; a process killed between the steps leaves the old one to `_sweep`."""
    aside = new.parent / _ASIDE
    os.rename(old, aside)
    try:
        os.rename(new, old)
    except OSError:
        os.rename(aside, old)
        raise


@contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about a write into one clear line."""
    try:
        yield
    except FanpinRiskError:
        raise
    except Exception as error:
        reason = _system_reason(error)
        if reason is None:
            raise
        raise OutputError(
            f"Cannot write {path}: {reason}. Earlier results there are unchanged. "
            "Choose a folder that can be written to and has room."
        ) from error


def _system_reason(error: Exception) -> str | None:
    """Return what the system said; some libraries wrap its error into one of their own."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    number = re.search(r"\(os error (\d+)\)|\[Errno (\d+)\]", str(error))
    if number is not None:
        return os.strerror(int(number[1] or number[2]))
    return str(error) if isinstance(error, OSError) else None
