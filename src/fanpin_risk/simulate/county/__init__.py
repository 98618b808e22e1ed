"""A county with known truth: an account book with a calendar, and no formula for risk."""
