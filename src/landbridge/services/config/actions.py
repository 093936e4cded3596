"""Read, change and reset global configs."""

from typing import Annotated

from landbridge.core.api import P, Request, action, query
from landbridge.core.service import Context, Outcome, Service, Tx
from landbridge.model.documents.account import GLOBAL_CONFIG, GlobalConfig
from landbridge.model.errors import argerr
from landbridge.services.config.defaults import DEFAULTS, Setting

_PACKAGE = "org.zstack.core.config"

_SETTINGS = {(setting.category, setting.name): setting for setting in DEFAULTS}


class UpdateGlobalConfig(Request, kw_only=True):
    """Change a setting of the whole cloud."""

    category: Annotated[str, P(help="group of settings, for example vm")]
    name: Annotated[str, P(help="the setting, for example deletionPolicy")]
    value: Annotated[str | None, P(help="its new value; left out: the default")] = None


def update_global_config(ctx: Context, req: UpdateGlobalConfig) -> Outcome:
    """SYS.1007 for an unknown setting and for a value it does not take."""
    config = _need(ctx.tx, req.category, req.name)
    setting = _SETTINGS[req.category, req.name]
    config.value = setting.default if req.value is None else req.value
    _check(setting, config.value)
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


def _need(tx: Tx, category: str, name: str) -> GlobalConfig:
    config = tx.first(GlobalConfig, category=category, name=name)
    if config is None or (category, name) not in _SETTINGS:
        known = ", ".join(sorted(f"{s.category}/{s.name}" for s in DEFAULTS if s.category == category))
        hint = f"settings of {category}: {known}" if known else "query the global configs for those there are"
        raise argerr(f"there is no global config[category:{category}, name:{name}]; {hint}")
    return config


def _check(setting: Setting, value: str) -> None:
    where = f"global config[category:{setting.category}, name:{setting.name}]"
    if setting.values and value not in setting.values:
        raise argerr(f"{where} cannot be '{value}', valid values are [{', '.join(setting.values)}]")
    if setting.low is not None:
        number = int(value) if value.isascii() and value.isdecimal() else None
        if number is None or not setting.low <= number <= setting.high:
            raise argerr(f"{where} cannot be '{value}', it takes an integer of [{setting.low}, {setting.high}]")


def _seed(tx: Tx) -> None:
    for setting in DEFAULTS:
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
    kinds=(GLOBAL_CONFIG,),
    actions=(
        action("UpdateGlobalConfig", "PUT", "/global-configurations/{category}/{name}/actions", update_global_config,
               UpdateGlobalConfig, message=f"{_PACKAGE}.APIUpdateGlobalConfigMsg", kind=GLOBAL_CONFIG,
               admin_only=True),
        action("ResetGlobalConfig", "PUT", "/global-configurations/actions", reset_global_config, ResetGlobalConfig,
               message=f"{_PACKAGE}.APIResetGlobalConfigMsg", result="none", admin_only=True),
        query("QueryGlobalConfig", "/global-configurations", GLOBAL_CONFIG,
              message=f"{_PACKAGE}.APIQueryGlobalConfigMsg", help="Find global configs.", by_uuid=False),
    ),
    seeds=(_seed,),
)  # fmt: skip
