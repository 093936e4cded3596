"""Under which names machines find each other."""

DEFAULT_DOMAIN = "internal"
"""Of a network that has no DNS domain of its own: reserved for private use (ICANN, 2024)."""
