"""Household indicators: one catalogue of definitions, and the builder that runs it."""
