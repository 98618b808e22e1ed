"""The official vocabulary of causes."""

from __future__ import annotations

import re

import pytest

from fanpin_risk.causes import CAUSE_WORDS, Cause
from fanpin_risk.indicators.catalogue import CATALOGUE

OFFICIAL = [
    "因病",
    "因残",
    "因学",
    "因自然灾害",
    "因意外事故",
    "因产业失败",
    "因务工就业不稳",
    "缺劳动力",
    "因安全住房",
    "因安全饮水",
    "其他",
]
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_the_causes_are_the_official_ones():
    """Eleven classes, in the official order and words."""
    assert [cause.value for cause in Cause] == OFFICIAL


def test_every_cause_has_words_and_an_office():
    """An English title of its own, and an owner in both languages."""
    assert list(CAUSE_WORDS) == list(Cause)
    titles = [words.title_en for words in CAUSE_WORDS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("cause", Cause, ids=lambda cause: cause.name)
def test_chinese_stands_in_the_chinese_words_and_nowhere_else(cause):
    """Nothing is left untranslated, and nothing is mixed."""
    words = CAUSE_WORDS[cause]
    assert CHINESE.search(words.owner_zh)
    assert not CHINESE.search(words.title_en + words.owner_en)
    assert words.title_en
    assert words.owner_en


def test_every_cause_in_use_is_official():
    """Indicators name a cause of the list, and the panel's indicators reach several of them."""
    used = {indicator.cause for indicator in CATALOGUE}
    assert used <= set(Cause)
    assert len(used) >= 4
