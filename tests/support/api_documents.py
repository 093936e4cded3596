"""One stored resource of each kind, with nothing in it but what its type demands: references to it are satisfied."""

import types
import typing
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from landbridge.core.catalog import Catalog
from landbridge.core.view import Tx
from landbridge.model.documents.ownership import RESOURCE_REF
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.model.resource import document_name


def store_one_of_each(tx: Tx, catalog: Catalog) -> Mapping[str, str]:
    """`Kind.vo` -> uuid.  Written past the checks of `put`: handlers must not be let at them."""
    made: dict[str, str] = {}
    cast = ":doc" if tx.dialect == "sqlite" else "CAST(:doc AS JSONB)"  # type: ignore[attr-defined]  # SqlTx
    for vo, kind in catalog.kinds.items():
        made[vo] = uuid.uuid4().hex
        document = {**_required(kind.doc), **kind.where, "uuid": made[vo]}
        tx.run(  # type: ignore[attr-defined]  # SqlTx
            f"INSERT INTO resource (uuid, type, owner, family, doc) VALUES (:uuid, :type, :owner, :uuid, {cast})",
            uuid=made[vo],
            owner=ADMIN_ACCOUNT_UUID,
            type=document_name(kind.doc),
            doc=msgspec.json.encode(document).decode(),
        )
    return {**made, RESOURCE_REF.vo: made["VipVO"]}


def _required(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.encode_name: _value(field.type) for field in msgspec.structs.fields(struct) if field.required}


def _value(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _required(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return typing.get_args(annotation)[0]
    if origin in (list, tuple, set, frozenset) or annotation in (list, tuple):
        return []
    if origin is not None and issubclass(origin, Mapping):
        return {}
    if origin in (types.UnionType, typing.Union):
        return None
    return {str: "x", bytes: "", int: 1, float: 1.0, bool: False}[annotation]
