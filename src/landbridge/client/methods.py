"""Where `methods.pyi` hangs the types of all actions; clients make the methods themselves when they are asked for."""


class Methods:
    """Every action as a method that returns."""


class AsyncMethods:
    """Every action as a method to be awaited."""
