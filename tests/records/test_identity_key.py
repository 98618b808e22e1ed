"""The key by which identity numbers are replaced: made once, read by its owner, never shown."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import pickle
import stat
import traceback
from concurrent.futures import ProcessPoolExecutor
from dataclasses import FrozenInstanceError

import pytest

from fanpin_risk.errors import ConfigError, InputFileError
from fanpin_risk.records.identity_key import IdentityKey, key_from_text, load_or_make_key

NUMBER = "11010519491231002X"
SECRET = bytes(range(32))
NO_KEY = "secret words that are no key"


def rights(path):
    """Rights of a file, as chmod takes them."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_call_makes_the_key_and_the_next_ones_read_it(tmp_path):
    """A new key is random, in a file of its owner's alone, in a folder of its owner's alone."""
    path = tmp_path / "keys/identity.key"
    made = load_or_make_key(path)
    assert rights(path) == 0o600
    assert rights(path.parent) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["identity.key"]
    assert bytes.fromhex(path.read_text(encoding="ascii").strip()) == made.secret
    assert len(made.secret) == 32
    before = path.read_bytes()
    assert load_or_make_key(path) == made
    assert path.read_bytes() == before
    assert load_or_make_key(tmp_path / "other.key") != made


def test_the_rights_do_not_hang_on_the_mask_of_the_process(tmp_path):
    """A process that gives everything to everybody still keeps the key to itself."""
    old = os.umask(0)
    try:
        load_or_make_key(tmp_path / "identity.key")
    finally:
        os.umask(old)
    assert rights(tmp_path / "identity.key") == 0o600


def _fingerprint_when_all_are_there(path, barrier):
    """Wait for the others, then make or read the key, and say which it is."""
    barrier.wait()
    return load_or_make_key(path).fingerprint()


def test_processes_at_once_end_up_with_one_key(tmp_path):
    """Whoever is first makes the key; the others take it, and nothing else is left lying there."""
    context = multiprocessing.get_context("spawn")
    n_processes = 4
    with context.Manager() as manager, ProcessPoolExecutor(n_processes, mp_context=context) as pool:
        barrier = manager.Barrier(n_processes)
        for number in range(5):
            path = tmp_path / f"{number}/identity.key"
            jobs = [
                pool.submit(_fingerprint_when_all_are_there, path, barrier)
                for _ in range(n_processes)
            ]
            found = {job.result(timeout=60) for job in jobs}
            assert found == {load_or_make_key(path).fingerprint()}
            assert [entry.name for entry in path.parent.iterdir()] == ["identity.key"]
            assert rights(path) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610, 0o601])
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path, mode):
    """The message names the file and the mend, and shows nothing of the key."""
    path = tmp_path / "identity.key"
    made = load_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(
        ConfigError, match=r"identity\.key: other users may .* `chmod 600`"
    ) as error:
        load_or_make_key(path)
    assert made.secret.hex() not in str(error.value)
    path.chmod(0o600)
    assert load_or_make_key(path) == made
    path.chmod(0o400)
    assert load_or_make_key(path) == made


@pytest.mark.parametrize(
    "text",
    ["", "\n", "keykeykey", "0x" + "ab" * 32, "ab" * 7, "a" * 63, "zz" * 32, "ab" * 31 + "é"],
)
def test_a_file_without_a_key_is_refused_and_not_replaced(tmp_path, text):
    """A spoilt key is never made anew: the hashes of the store would fit nobody any more."""
    path = tmp_path / "identity.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises((ConfigError, InputFileError), match="identity key") as error:
        load_or_make_key(path)
    assert path.read_text(encoding="utf-8") == text
    if text.strip():
        assert text.strip() not in str(error.value)


def test_a_folder_or_a_way_through_a_file_is_said(tmp_path):
    """What cannot be a key file is named with the system's reason."""
    (tmp_path / "folder").mkdir(mode=0o700)
    with pytest.raises(InputFileError, match=r"folder: the identity key cannot be read"):
        load_or_make_key(tmp_path / "folder")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputFileError, match="the identity key cannot be read"):
        load_or_make_key(tmp_path / "file/identity.key")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_the_key_never_shows_itself():
    """Neither printed, nor formatted, nor in a traceback of what goes wrong with it."""
    key = IdentityKey(SECRET)
    shown = [repr(key), str(key), f"{key!r}", repr({"key": key}), repr([key])]
    try:
        key.secret = b""  # type: ignore[misc]
    except FrozenInstanceError:
        shown.append(traceback.format_exc())
    with pytest.raises(
        ConfigError, match=r"The identity key has 5 bytes\. Use at least 16"
    ) as short:
        IdentityKey(b"short")
    shown.append(str(short.value))
    with pytest.raises(ConfigError, match="64 hexadecimal digits are wanted") as wrong:
        key_from_text(NO_KEY, where="FANPIN_KEY")
    shown.append("".join(traceback.format_exception(wrong.value)))
    for text in shown:
        assert NO_KEY not in text
        assert SECRET.hex() not in text
        assert repr(SECRET)[2:-1] not in text
        assert "b'short'" not in text


def test_the_same_person_has_the_same_hash_under_one_key_alone():
    """24 hexadecimal letters, equal for equal numbers, other under another key."""
    key, other = IdentityKey(SECRET), IdentityKey(SECRET[::-1])
    found = key.person(NUMBER)
    assert found == hashlib.blake2b(NUMBER.encode(), digest_size=12, key=SECRET).hexdigest()
    assert len(found) == 24
    assert key.persons([NUMBER, "230184198001010012", NUMBER]) == [
        found,
        key.person("230184198001010012"),
        found,
    ]
    assert key.persons([]) == []
    assert other.person(NUMBER) != found
    assert found not in (
        hashlib.blake2b(NUMBER.encode(), digest_size=12).hexdigest(),
        hmac.new(b"", NUMBER.encode(), "sha256").hexdigest()[:24],
    )
    assert key_from_text(SECRET.hex(), where="test") == key
    assert pickle.loads(pickle.dumps(key)).person(NUMBER) == found


def test_households_and_persons_and_the_key_itself_do_not_meet():
    """The hash of a household in the log of deletions is not that of a person of that number."""
    key = IdentityKey(SECRET)
    assert key.household(NUMBER) != key.person(NUMBER)
    assert key.fingerprint() != IdentityKey(SECRET[::-1]).fingerprint()
    assert key.fingerprint() == IdentityKey(SECRET).fingerprint()
    assert key.fingerprint() not in SECRET.hex()
    assert len(key.fingerprint()) == 16
