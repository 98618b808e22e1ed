"""Clue, verification, listing, support, exit: five facts, never merged, and states out of them."""
