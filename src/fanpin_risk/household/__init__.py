"""The household's account on a day: what it lives on, relative to the dated line."""
