"""Where a result comes from, and writing it whole or not at all."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fanpin_risk.errors import OutputError

_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_AT_FDCWD = -100


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
    """Let ``write`` fill a temporary file beside ``path``, then put it in place in one step.

    Whatever stood at ``path`` stays as it was until the new file is complete.

    Raises
    ------
    OutputError
        If the file cannot be written; ``path`` is then unchanged.
    """
    with _output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            write(temporary)
            temporary.chmod(0o644)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(folder: Path, *, keep: tuple[str, ...] = ()) -> Iterator[Path]:
    """Give a new empty folder to fill; at the end it takes the place of ``folder`` in one step.

    If anything fails on the way, ``folder`` stays as it was and the half-filled one is removed. A
    process that is killed leaves ``folder`` as it was; what it left beside it is swept up by the
    next call.

    Parameters
    ----------
    folder
        Where the results belong.
    keep
        Names inside the present ``folder`` that are carried over when the new one does not bring
        them.

    Raises
    ------
    OutputError
        If something cannot be written.
    """
    with _output_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(20, "it is a file, not a folder", str(folder))
        _sweep(folder)
        new = Path(
            tempfile.mkdtemp(
                prefix=f".{folder.name}.{os.getpid()}.", suffix=".partial", dir=folder.parent
            )
        )
    try:
        with _output_errors(folder):
            yield new
            new.chmod(0o755)
            for name in keep:
                if (folder / name).exists() and not (new / name).exists():
                    shutil.copytree(folder / name, new / name) if (
                        folder / name
                    ).is_dir() else shutil.copy2(folder / name, new / name)
            if folder.exists():
                _exchange(new, folder)
            else:
                os.rename(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8 with plain line ends."""
    write_whole(path, lambda temporary: temporary.write_bytes(text.encode()))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file whole: sorted keys, readable by eye, Chinese as it is."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, text + "\n")


def _sweep(folder: Path) -> None:
    """Remove what processes that no longer live left beside ``folder``."""
    for left in folder.parent.glob(f".{folder.name}.*.partial"):
        owner = left.name[len(folder.name) + 2 :].split(".")[0]
        if left.is_dir() and owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    """Whether a process of this number runs on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exchange(new: Path, old: Path) -> None:
    """Swap two folders in one step where the system can; elsewhere in two steps."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        rename = getattr(libc, "renameat2", None)
        if rename is not None:
            done = rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _EXCHANGE)
            if done == 0:
                return
    aside = new.with_name(new.name + ".old")
    os.rename(old, aside)
    os.rename(new, old)
    os.rename(aside, new)


@contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about a write into one clear line."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"Cannot write {path}: {reason}. Earlier results there are unchanged. "
            "Choose a folder that can be written to and has room."
        ) from error
