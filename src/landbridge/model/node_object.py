"""The base of everything that the server tells nodes, see `model.node`."""

import msgspec


class NodeObject(msgspec.Struct, frozen=True, tag_field="kind", rename="camel", kw_only=True):
    """Base of the vocabulary.  `key` (see each class) identifies the object on a node."""
