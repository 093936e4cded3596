"""What every question and every answer is."""

from typing import ClassVar

import msgspec


class HostAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of what hosts answer."""


class Question(msgspec.Struct, frozen=True, tag_field="type", rename="camel", kw_only=True):
    """Base of the vocabulary."""

    answer: ClassVar[type[HostAnswer]]
