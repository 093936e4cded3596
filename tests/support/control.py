"""Control sockets that answer as local processes do."""

import os
import selectors
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from landbridge.transports.control import ControlServer, Handler


@contextmanager
def answering(handlers: Mapping[Path, Handler]) -> Iterator[None]:
    """Serve these sockets, in a thread, while the `with` lasts."""
    selector = selectors.DefaultSelector()
    for path, handler in handlers.items():
        ControlServer(path, selector, handler)
    reading, writing = os.pipe()
    selector.register(reading, selectors.EVENT_READ, None)

    def serve() -> None:
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    return
                key.data()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        os.write(writing, b"x")
        thread.join()
        for key in list(selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        os.close(reading)
        os.close(writing)
        selector.close()
