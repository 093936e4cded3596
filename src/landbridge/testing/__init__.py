"""Fakes and simulated hosts, shipped for those who write plug-ins."""
