"""Landbridge from Python: every action of the API as a typed method.

    with Client("http://10.0.0.1:8080") as cloud:
        cloud.login("admin", "password")
        zone = cloud.create_zone(name="east")
        for vm in cloud.query_vm_instance("state=Running", limit=10):
            print(vm["name"], vm["vmNics"][0]["ip"])

A method takes the action's parameters by name in Python's style, waits for the action's job, and returns the
inventory, as a typed dict, a list of them, or what else the action answers.  `AsyncClient` has the same methods to be
awaited.  What the API refuses is a `ClientError` with its code and its words.

The types (`methods.pyi`, `inventories.py`) are made from the declarations by `python -m tests.support.client_types`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from landbridge.client.errors import ClientError

if TYPE_CHECKING:
    from landbridge.client.asynchronous import AsyncClient
    from landbridge.client.blocking import Client

__all__ = ["AsyncClient", "Client", "ClientError"]

_WHERE = {"AsyncClient": "asynchronous", "Client": "blocking"}
"""Imported when used: the command line's errors are here, too, and `--help` must not wait for a client."""


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
