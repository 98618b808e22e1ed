"""Figures about places and about the records: many at once, and bunching at a line."""
