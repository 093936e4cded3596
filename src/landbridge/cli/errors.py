"""The one error of the command line: the API's, or its own without a code."""

from landbridge.client.errors import ClientError as CliError

__all__ = ["CliError"]
