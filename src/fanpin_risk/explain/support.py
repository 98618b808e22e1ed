"""Kinds of support that go with each official cause: what a visit can lead to, and which office."""

from __future__ import annotations

from fanpin_risk.causes import SUPPORT, Support, to_do

__all__ = ["SUPPORT", "Support", "to_do"]
