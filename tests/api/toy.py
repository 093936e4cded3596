"""A service for tests: widgets, some of which a node must put into force before a job ends."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from landbridge.core.api import NAME, CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import (
    Change,
    Context,
    Outcome,
    Placed,
    Projected,
    Projection,
    Service,
    SourceKey,
    Subscribed,
    Then,
    Wait,
)
from landbridge.core.view import Tx, View
from landbridge.model.errors import ApiError, operr
from landbridge.model.node import FloodPeer
from landbridge.model.resource import Kind, Resource
from landbridge.model.setting import Setting

NODE = "11111111111141118111111111111111"


class Widget(Resource, kw_only=True):
    """A thing with a name, on a node perhaps."""

    name: str
    size: int = 0
    state: str = "Stopped"
    ready: bool = False
    node: str = ""
    secret_note: str = "hidden"


WIDGET = Kind(
    vo="WidgetVO",
    doc=Widget,
    java="org.zstack.header.widget.WidgetInventory",
    indexes=("name", "node", "state"),
    internal=frozenset({"secretNote"}),
)


class CreateWidget(CreateRequest, kw_only=True):
    """Make a widget."""

    name: Annotated[str, P(help="display name", regex=NAME, max=16)]
    size: Annotated[int, P(low=0, high=100)] = 0
    node: str = ""
    explode: bool = False


def create_widget(ctx: Context, req: CreateWidget) -> Outcome:
    widget = Widget(
        uuid=req.resource_uuid or ctx.tx.new_uuid(), name=req.name, size=req.size, ready=not req.node, node=req.node
    )
    ctx.tx.put(widget)
    for tag in ctx.system_tags:
        ctx.tx.set_tag(widget.uuid, WIDGET.vo, tag)
    if req.explode:
        raise operr(f"widget[name:{req.name}] exploded after it was stored")
    if not req.node:
        return Outcome(inventory=(WIDGET, widget.uuid))
    return Outcome(
        inventory=(WIDGET, widget.uuid),
        wait=(Wait(node=req.node, keys=(f"flood/widget/{widget.uuid}",)),),
        done=Then("toy.ready", {"uuid": widget.uuid}),
        failed=Then("toy.undo", {"uuid": widget.uuid}),
        timeout=20.0,
    )


def _ready(tx: Tx, args: Mapping[str, Any]) -> Outcome | None:
    widget = tx.get(Widget, args["uuid"])
    if widget is not None:
        widget.ready = True
        tx.put(widget)
    return None


def _undo(tx: Tx, args: Mapping[str, Any], error: ApiError) -> ApiError:
    widget = tx.get(Widget, args["uuid"])
    if widget is not None:
        tx.delete(widget)
    return ApiError("VM.1000", "the widget could not be made", cause=error)


class DeleteWidget(DeleteRequest, kw_only=True):
    """Delete a widget."""


def delete_widget(ctx: Context, req: DeleteWidget) -> Outcome:
    ctx.tx.delete(ctx.tx.need(Widget, req.uuid))
    return Outcome()


class StateRequest(Request, kw_only=True):
    """Start or stop a widget."""

    uuid: Annotated[str, P(ref=WIDGET.vo)]


def _set(ctx: Context, uuid: str, state: str) -> Outcome:
    widget = ctx.tx.need(Widget, uuid)
    widget.state = state
    ctx.tx.put(widget)
    return Outcome(inventory=(WIDGET, uuid))


class StartWidget(StateRequest, kw_only=True):
    """Start a widget."""


class StopWidget(StateRequest, kw_only=True):
    """Stop a widget."""


def start_widget(ctx: Context, req: StartWidget) -> Outcome:
    return _set(ctx, req.uuid, "Running")


def stop_widget(ctx: Context, req: StopWidget) -> Outcome:
    return _set(ctx, req.uuid, "Stopped")


class AttachWidget(Request, kw_only=True):
    """An action without parameters of its own, whose body key is the word null."""

    uuid: Annotated[str, P(ref=WIDGET.vo)]
    shelf: str


def attach_widget(ctx: Context, req: AttachWidget) -> Outcome:
    widget = ctx.tx.need(Widget, req.uuid)
    widget.name = f"on {req.shelf} {','.join(ctx.system_tags)}"
    ctx.tx.put(widget)
    return Outcome(inventory=(WIDGET, req.uuid))


class DetachWidgets(DeleteRequest, kw_only=True):
    """A delete with a list parameter, as detaching NICs has."""

    vm_nic_uuids: list[str] | None = None


def detach_widgets(ctx: Context, req: DetachWidgets) -> Outcome:
    return Outcome(body={"detached": req.vm_nic_uuids or []})


class GetShelves(Request, kw_only=True):
    """A synchronous POST."""

    uuid: Annotated[str, P(ref=WIDGET.vo)]


def get_shelves(ctx: Context, req: GetShelves) -> Outcome:
    return Outcome(inventories=(WIDGET, (req.uuid,)))


class CrashWidget(Request, kw_only=True):
    """A bug."""


def crash(ctx: Context, req: CrashWidget) -> Outcome:
    raise RuntimeError("a bug")


def _project(view: View, key: SourceKey) -> Iterable[Projected]:
    widget = view.get(Widget, key[0])
    if widget is not None and widget.node:
        scope = f"host:{widget.node}"
        yield Subscribed(widget.node, scope)
        yield Placed(scope, f"flood/widget/{widget.uuid}", FloodPeer(l2_uuid="widget", vtep_ip="10.0.0.1"))


def _affected(_view: View, change: Change) -> Iterable[SourceKey]:
    document = change.new or change.old
    if document is not None:
        yield (document.uuid,)


def _keys(view: View) -> Iterable[SourceKey]:
    return [(widget.uuid,) for widget in view.find(Widget)]


_PACKAGE = "org.zstack.header.widget"

SERVICE = Service(
    name="toy",
    settings=(Setting("widget", "finish", "matt", "how widgets look", values=("matt", "gloss")),),
    kinds=(WIDGET,),
    actions=(
        action("CreateWidget", "POST", "/widgets", create_widget, CreateWidget,
               message=f"{_PACKAGE}.APICreateWidgetMsg", kind=WIDGET),
        action("DeleteWidget", "DELETE", "/widgets/{uuid}", delete_widget, DeleteWidget,
               message=f"{_PACKAGE}.APIDeleteWidgetMsg", result="none", absent_ok=("uuid", WIDGET.vo)),
        action("StartWidget", "PUT", "/widgets/{uuid}/actions", start_widget, StartWidget,
               message=f"{_PACKAGE}.APIStartWidgetMsg", kind=WIDGET),
        action("StopWidget", "PUT", "/widgets/{uuid}/actions", stop_widget, StopWidget,
               message=f"{_PACKAGE}.APIStopWidgetMsg", kind=WIDGET),
        action("AttachWidget", "POST", "/widgets/{uuid}/shelves/{shelf}", attach_widget, AttachWidget,
               message=f"{_PACKAGE}.APIAttachWidgetMsg", kind=WIDGET, body_key="null"),
        action("DetachWidgets", "DELETE", "/widgets/{uuid}/parts", detach_widgets, DetachWidgets,
               message=f"{_PACKAGE}.APIDetachWidgetsMsg", result="body", fields=(("detached", "array"),)),
        action("GetWidgetShelves", "POST", "/widgets/{uuid}/shelves", get_shelves, GetShelves, mode="sync",
               message=f"{_PACKAGE}.APIGetWidgetShelvesMsg", result="inventories", kind=WIDGET),
        action("CrashWidget", "POST", "/widgets/crash", crash, CrashWidget, mode="sync",
               message=f"{_PACKAGE}.APICrashWidgetMsg", result="none", admin_only=True),
        query("QueryWidget", "/widgets", WIDGET, message=f"{_PACKAGE}.APIQueryWidgetMsg", help="Find widgets."),
    ),
    projections=(Projection("widget", _project, {Widget: _affected}, _keys),),
    done={"toy.ready": _ready},
    failed={"toy.undo": _undo},
)  # fmt: skip
