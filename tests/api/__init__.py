"""Tests over real HTTP, against a server in this process."""
