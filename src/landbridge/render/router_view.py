"""What a vrouter's namespace must have, kept from pass to pass: only what has changed is rendered again."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from landbridge.core.plan import Key
from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import RouterLeg
from landbridge.render.datagrams import Element
from landbridge.render.router import KernelObject, RouterState, kernel_objects, whole_state
from landbridge.render.router_nat import Carried, carried
from landbridge.render.router_nft import RouterTable, elements, whole_table


@dataclass(frozen=True, slots=True)
class RouterRendering:
    """`state` of the kernel, nftables' `table`, and whom translations carry."""

    state: RouterState
    table: RouterTable
    carried: frozenset[Carried]


@dataclass(frozen=True, slots=True)
class _Made:
    of: NodeObject
    kernel: Mapping[Key, KernelObject]
    elements: tuple[Element, ...]
    carried: frozenset[Carried]


class RouterView:
    """A cache of pure functions: what comes out depends on what was last put in, and on nothing before."""

    def __init__(self) -> None:
        self._legs: dict[str, RouterLeg] = {}
        self._made: dict[str, _Made] = {}

    def render(self, objects: Mapping[str, NodeObject]) -> RouterRendering:
        """All of it, from node objects by key.  An object that is the same one as before costs next to nothing."""
        legs = {leg.nic_uuid: leg for leg in objects.values() if isinstance(leg, RouterLeg)}
        known = self._made if legs == self._legs else {}
        self._legs = legs
        self._made = {key: self._make(item, known.get(key)) for key, item in objects.items()}
        made = self._made.values()
        return RouterRendering(
            state=whole_state((key, one.kernel) for key, one in self._made.items()),
            table=whole_table(one.elements for one in made),
            carried=frozenset(chain.from_iterable(one.carried for one in made)),
        )

    def _make(self, item: NodeObject, known: _Made | None) -> _Made:
        if known is not None and known.of is item:
            return known
        return _Made(item, kernel_objects(item, self._legs), tuple(elements(item, self._legs)), carried(item))
