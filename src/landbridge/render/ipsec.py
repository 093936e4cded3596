"""IPsec of a vrouter: node objects -> what charon, strongSwan's daemon, is told.

Source: strongSwan's documentation of strongswan.conf and of VICI (load-conn, load-shared).  Each pair of CIDRs is a
child of its own: so IKEv1, which knows no lists, has the same, and pairs come and go one by one.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from landbridge.model.router_node import IpsecTunnel

USER_DEVICE = "ipsec0"
"""charon's own name for the device of its user-space ESP (kernel-libipsec)."""
KERNEL_DEVICE = "xfrm0"
"""Ours, an xfrm interface, where the kernel encrypts."""
INTERFACE_ID = 1
"""Of that; policies and keys of all connections carry it."""
TUNNEL_MTU = 1340
"""Leaves room for ESP with the longest of its ends, UDP and IPv4, together 92 bytes, in all but the smallest legs."""
MSS = TUNNEL_MTU - 40

_PLUGINS = "random nonce aes sha1 sha2 md5 hmac kdf gmp openssl socket-default {}kernel-netlink vici"
_GROUPS: Mapping[int, str] = {
    2: "modp1024",
    5: "modp1536",
    14: "modp2048",
    15: "modp3072",
    16: "modp4096",
    17: "modp6144",
    18: "modp8192",
    19: "ecp256",
    20: "ecp384",
    21: "ecp521",
    22: "modp1024s160",
    23: "modp2048s224",
    24: "modp2048s256",
    25: "ecp192",
    26: "ecp224",
}
"""RFC 8247 section 2.4, in strongSwan's words."""
_VERSIONS: Mapping[str, str] = {"ike": "0", "ikev1": "1", "ikev2": "2"}


def daemon_config(*, kernel: bool) -> str:
    """strongswan.conf.  `kernel`: it encrypts; else charon does.

    Paths are below /run, where each charon has a directory of its own.  A silent peer is given up after
    2 + 3.6 + 6.5 + 11.7 s, and tried again.
    """
    plugins = _PLUGINS.format("" if kernel else "kernel-libipsec ")
    return f"""charon {{
  load = {plugins}
  install_routes = no
  install_virtual_ip = no
  retransmit_timeout = 2
  retransmit_tries = 3
  filelog {{
    log {{
      path = /run/charon.log
      append = yes
      flush_line = yes
      ike_name = yes
      time_format = %Y-%m-%dT%H:%M:%S
      default = 1
    }}
  }}
}}
"""


def connection_name(tunnel: IpsecTunnel) -> str:
    """Different for everything that makes a tunnel another one; not for its CIDRs, which come and go within it."""
    lasting = msgspec.structs.replace(tunnel, local=(), remote=())
    return f"{tunnel.uuid}.{hashlib.sha256(msgspec.json.encode(lasting)).hexdigest()[:8]}"


def connection_uuid(name: str) -> str:
    """Whose name it is."""
    return name.partition(".")[0]


def pairs(tunnel: IpsecTunnel) -> dict[str, tuple[str, str]]:
    """(local, remote) by the name of the child that serves it."""
    return {f"{local}={remote}": (local, remote) for local in tunnel.local for remote in tunnel.remote}


def connection(tunnel: IpsecTunnel, *, kernel: bool) -> dict[str, Any]:
    """A connection as load-conn takes it."""
    lifetime = tunnel.ike_seconds
    return {
        "version": _VERSIONS[tunnel.version],
        "local_addrs": [tunnel.vip_ip],
        "remote_addrs": [tunnel.peer_ip],
        "proposals": [_proposal(tunnel.ike_encryption, tunnel.ike_integrity, tunnel.ike_group)],
        "local": {"auth": "psk", "id": tunnel.local_id},
        "remote": {"auth": "psk", "id": tunnel.remote_id},
        "mobike": "no",
        "unique": "replace",
        "keyingtries": "0",
        "dpd_delay": "10s",
        "dpd_timeout": "30s",
        "rekey_time": f"{lifetime * 9 // 10}s",
        "over_time": f"{lifetime // 10}s",
        "rand_time": f"{lifetime // 10}s",
        "children": {name: _child(tunnel, *pair, kernel=kernel) for name, pair in pairs(tunnel).items()},
    }


def secret(tunnel: IpsecTunnel) -> dict[str, Any]:
    """Its key as load-shared takes it."""
    return {
        "id": connection_name(tunnel),
        "type": "IKE",
        "data": tunnel.psk,
        "owners": [tunnel.local_id, tunnel.remote_id],
    }


def _child(tunnel: IpsecTunnel, local: str, remote: str, *, kernel: bool) -> dict[str, Any]:
    interface = {"if_id_in": str(INTERFACE_ID), "if_id_out": str(INTERFACE_ID)} if kernel else {}
    return {
        "local_ts": [local],
        "remote_ts": [remote],
        "esp_proposals": [_proposal(tunnel.esp_encryption, tunnel.esp_integrity, tunnel.esp_group)],
        "life_time": f"{tunnel.esp_seconds}s",
        "rekey_time": f"{tunnel.esp_seconds * 9 // 10}s",
        "rand_time": f"{tunnel.esp_seconds // 10}s",
        "dpd_action": "restart",
        **interface,
    }


def _proposal(encryption: str, integrity: str, group: int | None) -> str:
    words = [encryption.replace("-", ""), integrity]
    return "-".join(words if group is None else [*words, _GROUPS[group]])
