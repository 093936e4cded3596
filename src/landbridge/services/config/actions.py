"""Read, change and reset global configs; those of single resources are in `actions_resource`."""

from typing import Annotated, Any

from landbridge.core.api import P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.core.view import Tx
from landbridge.model.documents.account import GLOBAL_CONFIG, GlobalConfig
from landbridge.model.documents.labels import RESOURCE_CONFIG
from landbridge.services.config.actions_resource import ACTIONS
from landbridge.services.config.defaults import SETTINGS
from landbridge.services.config.settings import check, need

_PACKAGE = "org.zstack.core.config"


class UpdateGlobalConfig(Request, kw_only=True):
    """Change a setting of the whole cloud."""

    category: Annotated[str, P(help="group of settings, for example vm")]
    name: Annotated[str, P(help="the setting, for example deletionPolicy")]
    value: Annotated[str | None, P(help="its new value; left out: the default")] = None


def update_global_config(ctx: Context, req: UpdateGlobalConfig) -> Outcome:
    """SYS.1007 for an unknown setting and for a value it does not take."""
    setting = need(ctx.tx, req.category, req.name)
    config = ctx.tx.first(GlobalConfig, category=req.category, name=req.name)
    assert config is not None, "each setting has been seeded"
    config.value = setting.default if req.value is None else req.value
    check(setting, config.value)
    ctx.tx.put(config)
    return Outcome(inventory=(GLOBAL_CONFIG, config.uuid))


class ResetGlobalConfig(Request, kw_only=True):
    """Give every setting its default again."""


def reset_global_config(ctx: Context, _req: ResetGlobalConfig) -> Outcome:
    """Writes only what differs."""
    for config in ctx.tx.find(GlobalConfig):
        if config.value != config.default_value:
            config.value = config.default_value
            ctx.tx.put(config)
    return Outcome()


class GetGlobalConfigOptions(Request, kw_only=True):
    """What a setting may be set to."""

    category: Annotated[str, P(help="group of settings, for example vm")]
    name: Annotated[str, P(help="the setting, for example deletionPolicy")]


def get_global_config_options(ctx: Context, req: GetGlobalConfigOptions) -> Outcome:
    """Its valid values, or the bounds of its number."""
    setting = need(ctx.tx, req.category, req.name)
    options: dict[str, Any] = {"validValue": list(setting.values)} if setting.values else {}
    if setting.low is not None:
        options |= {"numberGreaterThanOrEqual": setting.low, "numberLessThanOrEqual": setting.high}
    return Outcome(body={"options": options})


def _seed(tx: Tx) -> None:
    for setting in tx.settings():
        if tx.first(GlobalConfig, category=setting.category, name=setting.name) is None:
            tx.put(
                GlobalConfig(
                    uuid=tx.new_uuid(),
                    category=setting.category,
                    name=setting.name,
                    value=setting.default,
                    default_value=setting.default,
                    description=setting.description,
                )
            )


SERVICE = Service(
    name="config",
    settings=SETTINGS,
    kinds=(GLOBAL_CONFIG, RESOURCE_CONFIG),
    actions=(
        action("UpdateGlobalConfig", "PUT", "/global-configurations/{category}/{name}/actions", update_global_config,
               UpdateGlobalConfig, message=f"{_PACKAGE}.APIUpdateGlobalConfigMsg", kind=GLOBAL_CONFIG,
               admin_only=True),
        action("ResetGlobalConfig", "PUT", "/global-configurations/actions", reset_global_config, ResetGlobalConfig,
               message=f"{_PACKAGE}.APIResetGlobalConfigMsg", result="none", admin_only=True),
        action("GetGlobalConfigOptions", "GET", "/global-configurations/{category}/{name}", get_global_config_options,
               GetGlobalConfigOptions, message=f"{_PACKAGE}.APIGetGlobalConfigOptionsMsg", mode="sync", result="body",
               fields=(("options", "object"),)),
        query("QueryGlobalConfig", "/global-configurations", GLOBAL_CONFIG,
              message=f"{_PACKAGE}.APIQueryGlobalConfigMsg", help="Find global configs.", by_uuid=False),
        *ACTIONS,
    ),
    seeds=(_seed,),
)  # fmt: skip
