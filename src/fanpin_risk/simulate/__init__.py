"""Simulated monitoring records, as offices would send them. Knows the record contracts alone."""
