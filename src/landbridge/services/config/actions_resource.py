"""Settings that hold for one resource: a VM's own deletion policy, a network's own lease time."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from landbridge.core.api import P, Request, action, query
from landbridge.core.inventory import flat
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.labels import RESOURCE_CONFIG, ResourceConfig
from landbridge.model.documents.places import Cluster, Host
from landbridge.model.errors import argerr, notfound
from landbridge.model.resource import to_json
from landbridge.model.setting import Setting
from landbridge.services.config.settings import check, need

_PACKAGE = "org.zstack.resourceconfig"
_PATH = "/resource-configurations"
_ANY = "ResourceVO"


class _Named(Request, kw_only=True):
    category: Annotated[str, P(help="group of settings, for example vm")]
    name: Annotated[str, P(help="the setting, for example deletionPolicy")]
    resource_uuid: Annotated[str, P(help="the resource", ref=_ANY, touch="change")]


class UpdateResourceConfig(_Named, kw_only=True):
    """Give a resource its own value of a setting."""

    value: Annotated[str, P(help="the value")]


class UpdateResourceConfigs(Request, kw_only=True):
    """Give a resource its own values of several settings."""

    resource_uuid: Annotated[str, P(help="the resource", ref=_ANY, touch="change")]
    resource_configs: Annotated[list[Any], P(help='each {"category": …, "name": …, "value": …}', nonempty=True)]


class DeleteResourceConfig(_Named, kw_only=True):
    """Let a resource have the value that all have."""

    delete_mode: Annotated[str, P(help="accepted, not used", values=("Permissive", "Enforcing"))] = "Permissive"


class GetResourceConfig(_Named, kw_only=True):
    """The value of a setting that is in force for a resource, and where it comes from."""


class GetResourceConfigs(Request, kw_only=True):
    """The values of several settings that are in force for a resource."""

    category: Annotated[str, P(help="group of settings, for example vm")]
    names: Annotated[list[str], P(help="the settings", nonempty=True)]
    resource_uuid: Annotated[str, P(help="the resource", ref=_ANY, touch="change")]


class GetResourceBindableConfig(Request, kw_only=True):
    """Which settings resources may have values of their own for."""

    category: Annotated[str | None, P(help="only of this group")] = None


class _Given(msgspec.Struct, kw_only=True):
    category: str
    name: str
    value: str


def update(ctx: Context, req: UpdateResourceConfig) -> Outcome:
    """In force at once for what happens after it, and for what is compiled from it."""
    return Outcome(inventory=(RESOURCE_CONFIG, _set(ctx, req.resource_uuid, req.category, req.name, req.value)))


def update_all(ctx: Context, req: UpdateResourceConfigs) -> Outcome:
    """All or none."""
    try:
        given = msgspec.convert(req.resource_configs, list[_Given])
    except msgspec.ValidationError as error:
        raise argerr(f"resourceConfigs: {error}") from None
    made = [_set(ctx, req.resource_uuid, one.category, one.name, one.value) for one in given]
    return Outcome(inventories=(RESOURCE_CONFIG, tuple(dict.fromkeys(made))))


def delete(ctx: Context, req: DeleteResourceConfig) -> Outcome:
    """Where there is none, nothing happens."""
    _bound(ctx, need(ctx.tx, req.category, req.name), req.resource_uuid)
    own = _own(ctx.tx, req.resource_uuid, req.category, req.name)
    if own is not None:
        ctx.tx.delete(own)
    return Outcome()


def get(ctx: Context, req: GetResourceConfig) -> Outcome:
    """`effectiveConfigs`: its own value, then those of what it is in."""
    return Outcome(body=_effective(ctx, need(ctx.tx, req.category, req.name), req.resource_uuid))


def get_all(ctx: Context, req: GetResourceConfigs) -> Outcome:
    """One row per name."""
    rows = [
        {
            "category": req.category,
            "name": name,
            **_effective(ctx, need(ctx.tx, req.category, name), req.resource_uuid),
        }
        for name in req.names
    ]
    return Outcome(body={"configs": rows})


def get_bindable(ctx: Context, req: GetResourceBindableConfig) -> Outcome:
    """With the types of resources."""
    rows = [
        {
            "category": setting.category,
            "name": setting.name,
            "description": setting.description,
            "bindResourceTypes": list(setting.binds),
        }
        for setting in ctx.tx.settings()
        if setting.binds and req.category in (None, setting.category)
    ]
    return Outcome(body={"bindableConfigs": rows})


def _set(ctx: Context, resource_uuid: str, category: str, name: str, value: str) -> str:
    setting = need(ctx.tx, category, name)
    resource_type = _bound(ctx, setting, resource_uuid)
    check(setting, value)
    config = _own(ctx.tx, resource_uuid, category, name)
    if config is None:
        config = ResourceConfig(
            uuid=ctx.tx.new_uuid(),
            resource_uuid=resource_uuid,
            resource_type=resource_type,
            category=category,
            name=name,
            value=value,
            description=setting.description,
        )
    config.value = value
    ctx.tx.put(config)
    return config.uuid


def _bound(ctx: Context, setting: Setting, resource_uuid: str) -> str:
    """The resource's type.  SYS.1007 if the setting is none of resources of this type."""
    kinds = ctx.tx.kinds_of(resource_uuid)
    if not kinds or not ctx.sees(resource_uuid):
        raise notfound("resourceUuid", resource_uuid, _ANY)
    fitting = next((vo for vo in setting.binds if vo in kinds), None)
    if fitting is None:
        of = f"it can be set for {', '.join(setting.binds)}" if setting.binds else "it is one of the whole cloud"
        raise argerr(
            f"global config[category:{setting.category}, name:{setting.name}] cannot be set for a {kinds[0]}: {of}"
        )
    return fitting


def _effective(ctx: Context, setting: Setting, resource_uuid: str) -> dict[str, Any]:
    _bound(ctx, setting, resource_uuid)
    line = tuple(_line(ctx.tx, resource_uuid))
    own = [_own(ctx.tx, uuid, setting.category, setting.name) for uuid in line]
    return {
        "value": ctx.tx.config(setting.category, setting.name, *line),
        "effectiveConfigs": [flat(RESOURCE_CONFIG, to_json(one)) for one in own if one is not None],
    }


def _line(view: View, uuid: str) -> Iterator[str]:
    """The resource, what it is in, and so on."""
    yield uuid
    if (host := view.get(Host, uuid)) is not None:
        yield from (host.cluster_uuid, host.zone_uuid)
    elif (cluster := view.get(Cluster, uuid)) is not None:
        yield cluster.zone_uuid


def _own(view: View, resource_uuid: str, category: str, name: str) -> ResourceConfig | None:
    found = view.find(ResourceConfig, resource_uuid=resource_uuid)
    return next((one for one in found if (one.category, one.name) == (category, name)), None)


_EFFECTIVE = (("value", "string"), ("effectiveConfigs", "array"))

ACTIONS = (
    action("UpdateResourceConfig", "PUT", f"{_PATH}/{{category}}/{{name}}/{{resourceUuid}}/actions", update,
           UpdateResourceConfig, message=f"{_PACKAGE}.APIUpdateResourceConfigMsg", kind=RESOURCE_CONFIG),
    action("UpdateResourceConfigs", "POST", f"{_PATH}/{{resourceUuid}}/resource-configs/actions", update_all,
           UpdateResourceConfigs, message=f"{_PACKAGE}.APIUpdateResourceConfigsMsg", result="inventories",
           kind=RESOURCE_CONFIG),
    action("DeleteResourceConfig", "DELETE", f"{_PATH}/{{category}}/{{name}}/{{resourceUuid}}", delete,
           DeleteResourceConfig, message=f"{_PACKAGE}.APIDeleteResourceConfigMsg", result="none"),
    action("GetResourceConfig", "GET", f"{_PATH}/{{resourceUuid}}/{{category}}/{{name}}", get, GetResourceConfig,
           message=f"{_PACKAGE}.APIGetResourceConfigMsg", mode="sync", result="body", fields=_EFFECTIVE),
    action("GetResourceConfigs", "GET", f"{_PATH}/{{resourceUuid}}/{{category}}", get_all, GetResourceConfigs,
           message=f"{_PACKAGE}.APIGetResourceConfigsMsg", mode="sync", result="body",
           fields=(("configs", "array"),)),
    action("GetResourceBindableConfig", "GET", f"{_PATH}/bindable", get_bindable, GetResourceBindableConfig,
           message=f"{_PACKAGE}.APIGetResourceBindableConfigMsg", mode="sync", result="body",
           fields=(("bindableConfigs", "array"),)),
    query("QueryResourceConfig", _PATH, RESOURCE_CONFIG, message=f"{_PACKAGE}.APIQueryResourceConfigMsg",
          help="Find the settings that single resources have.", by_uuid=False),
)  # fmt: skip
