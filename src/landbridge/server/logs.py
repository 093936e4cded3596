"""Structured logs: one JSON object a line on standard error, with the request's id in each.

Session ids and passwords never get here: only names listed in `request_fields` are logged.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog

from landbridge.core.api import Action
from landbridge.core.parameters import parameters

_RESOURCE = ("uuid", "Uuid", "Uuids")


def configure(level: str = "INFO") -> None:
    """Route structlog and the standard library's logging into JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.dict_tracebacks,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def request_fields(action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """The resources that a request names, by parameter; never a secret one."""
    return {
        parameter.name: values[parameter.name]
        for parameter in parameters(action.request)
        if parameter.name in values and parameter.name.endswith(_RESOURCE) and not parameter.rule.secret
    }
