"""Every network service there is: a folder of `landbridge.services` whose package has a SERVICE."""

from importlib import import_module
from pkgutil import iter_modules

from landbridge import services
from landbridge.core.service import Service


def _found() -> tuple[Service, ...]:
    packages = (import_module(f"{services.__name__}.{found.name}") for found in iter_modules(services.__path__))
    values = (getattr(package, "SERVICE", None) for package in packages)
    return tuple(value for value in values if isinstance(value, Service))


SERVICES = _found()
