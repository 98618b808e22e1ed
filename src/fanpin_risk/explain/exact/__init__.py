"""Exact Shapley values of LightGBM's trees for every household, at the price of scoring.

The contributions of one leaf depend only on which of its path's features a household satisfies, so
they are worked out once for every pattern (`leaf_tables`); neighbouring leaves share a table over
the decisions of their nodes (`leaf_groups`, `tables`); for a block of households each decision is
taken once, decisions are put together to patterns, and table rows are added up (`kernel`).

Sources: Lundberg et al. 2020 (TreeSHAP, both forms), Yang 2021 (FastTreeSHAP: patterns),
Wettenstein et al. 2025 (Woodelf: decision patterns), Owen 1972 (the integral).
"""
