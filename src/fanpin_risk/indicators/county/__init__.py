"""The county's part of the catalogue: indicators over its monitoring records."""
