"""The key by which identity numbers are replaced, and the replacing.

A number that everybody can guess is not hidden by a hash: there are fewer than 10**12 plausible
ones. So the hash is keyed, and the key stays outside the store, the logs and the results.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fanpin_risk.errors import ConfigError, InputFileError

_KEY_BYTES = 32
_PERSON_BYTES = 12  # 96 bits: among a billion persons two share a hash with chance 6e-12
_CHECK = b"fanpin_risk: which key is this"


@dataclass(frozen=True)
class IdentityKey:
    """A secret key; it never shows itself.

    Examples
    --------
    >>> key = IdentityKey(b"k" * 32)
    >>> key
    IdentityKey()
    >>> key.person("11010519491231002X") == key.person("11010519491231002X")
    True
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if len(self.secret) < _KEY_BYTES // 2:
            raise ConfigError(
                f"The identity key has {len(self.secret)} bytes. Use at least {_KEY_BYTES // 2}, "
                "or let `ingest` make one."
            )

    def person(self, number: str) -> str:
        """Keyed hash of an identity number: 24 hexadecimal letters (BLAKE2b, RFC 7693)."""
        return self._hash(number.encode(), _PERSON_BYTES)

    def persons(self, numbers: Sequence[str]) -> list[str]:
        """Keyed hashes of many identity numbers, in their order."""
        start = hashlib.blake2b(digest_size=_PERSON_BYTES, key=self.secret[:64])
        hashes = []
        for number in numbers:
            one = start.copy()
            one.update(number.encode())
            hashes.append(one.hexdigest())
        return hashes

    def household(self, household_id: str) -> str:
        """Keyed hash of a household number, for the log of deletions."""
        return self._hash(b"household " + household_id.encode(), _PERSON_BYTES)

    def fingerprint(self) -> str:
        """What tells one key from another without giving it away."""
        return self._hash(_CHECK, 8)

    def _hash(self, content: bytes, size: int) -> str:
        """Keyed hash in hexadecimal."""
        return hashlib.blake2b(content, digest_size=size, key=self.secret[:64]).hexdigest()


def load_or_make_key(path: Path) -> IdentityKey:
    """Read the key of a file; the first call makes it, readable by its owner alone.

    Raises
    ------
    ConfigError
        If others may read the file, or it holds no key.
    InputFileError
        If it cannot be read or made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(
                f"{path}: other users may read the identity key. Run `chmod 600` on it."
            )
        text = path.read_text(encoding="ascii").strip()
    except ConfigError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it holds no text"
        raise InputFileError(f"{path}: the identity key cannot be read: {reason}.") from error
    return key_from_text(text, where=str(path))


def key_from_text(text: str, *, where: str) -> IdentityKey:
    """Key from its hexadecimal text.

    Raises
    ------
    ConfigError
        If the text is no key; the text itself is not shown.
    """
    try:
        return IdentityKey(bytes.fromhex(text))
    except ValueError as error:
        raise ConfigError(
            f"{where}: holds no identity key: {_KEY_BYTES * 2} hexadecimal digits are wanted."
        ) from error


def _make(path: Path) -> None:
    """Make a key file unless there is one; two processes at once end up with the same key."""
    if path.exists():
        return
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)  # fails if another process was first
    except FileExistsError:
        pass
    finally:
        new.unlink()
