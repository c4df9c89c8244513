"""Public names of rows: random, short, neutral, and easy to read aloud."""

import secrets

# No vowels (no words), nothing that looks like something else (no 0/o, 1/l/i).
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_slug() -> str:
    """Nine characters of 27: 42 bits, not to be guessed and saying nothing about who or when."""
    return "".join(secrets.choice(ALPHABET) for _ in range(9))
