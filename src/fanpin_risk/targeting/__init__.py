"""Who is visited within a team's capacity, and the comparison at equal visits."""
