"""Whose risk is asked on a day, and what became of them."""
