"""The one error of clients."""


class ClientError(Exception):
    """What went wrong, for people: the API's code (may be empty) and a sentence."""

    def __init__(self, code: str, details: str) -> None:
        super().__init__(f"{code}: {details}" if code else details)
        self.code = code
        self.details = details
