"""Frames sent by a link as if its own stack had made them (packet(7))."""

import socket


class FrameSocket:
    """Only sends.  In the network namespace of the thread that opens it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.setblocking(False)

    def send(self, link: str, frame: bytes) -> bool:
        """Send a frame; False if the link is gone, down or full."""
        try:
            self._socket.sendto(frame, (link, 0))
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close it."""
        self._socket.close()
