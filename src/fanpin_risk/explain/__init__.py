"""Exact contributions to every score, and reasons in the official vocabulary of causes."""
