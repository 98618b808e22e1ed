"""Monitoring records: contracts, reading, quarantine, and the one door of time."""
