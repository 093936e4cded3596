"""The settings there are: ZStack's names and defaults, of those that Landbridge heeds.

`kvm/agent.claim.timeout`, `networkService/dhcpLeaseSeconds`, `rest/request.timeout`, those of connections and of
distributed routing are Landbridge's own; the default of `vm/cleanTraffic` is, too (ZStack's is false).
"""

from dataclasses import dataclass

from landbridge.model import tracking


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.  A number has `low` and `high`; a choice has `values`.

    binds  types of resources for which it may have a value of their own
    """

    category: str
    name: str
    default: str
    description: str
    low: int | None = None
    high: int = 2**31 - 1
    values: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()


_BOOLEAN = ("true", "false")

_TRACKING = (
    Setting(
        tracking.CATEGORY,
        tracking.CONNECTIONS_SETTING,
        str(tracking.CONNECTIONS),
        "connections that a NIC in security groups can have at once",
        low=1024,
        high=1 << 20,
    ),
    *(
        Setting(
            tracking.CATEGORY,
            tracking.setting_of(state),
            str(seconds),
            f"seconds that a quiet connection is remembered: {state}",
            low=1,
        )
        for state, seconds in tracking.TIMEOUTS.items()
    ),
)

_DISTRIBUTED_ROUTING = (
    Setting("vpc", "distributedRouting.default", "false", "whether new vrouters have it on", values=_BOOLEAN),
    Setting("vpc", "distributedRouting.packets", "50", "packets within the window that a shortcut is worth", low=1),
    Setting(
        "vpc",
        "distributedRouting.kbits",
        "20",
        "kbit/s over the window that a shortcut is worth",
        low=1,
        high=100_000_000,
    ),
    Setting("vpc", "distributedRouting.windowSeconds", "5", "seconds that a pair is measured", low=1, high=3600),
    Setting("vpc", "distributedRouting.leaseSeconds", "60", "seconds that a shortcut lives", low=6, high=60),
)

_LOAD_BALANCER = (
    Setting(
        "loadBalancer",
        "balancerAlgorithm",
        "roundrobin",
        "how new listeners balance",
        values=("weightroundrobin", "roundrobin", "leastconn", "source"),
    ),
    Setting("loadBalancer", "connectionIdleTimeout", "60", "seconds until a silent connection ends", low=0),
    Setting("loadBalancer", "healthCheckInterval", "5", "seconds between two checks of a server", low=1),
    Setting("loadBalancer", "healthCheckTimeout", "2", "seconds that a server may take to answer a check", low=1),
    Setting("loadBalancer", "healthyThreshold", "2", "good checks that make a server alive", low=1),
    Setting("loadBalancer", "unhealthyThreshold", "6", "bad checks that make a server dead", low=1),
    Setting("loadBalancer", "maxConnection", "200000", "connections at once of a listener", low=0, high=10_000_000),
    Setting("loadBalancer", "Nbprocess", "1", "threads that a listener is worth", low=1, high=64),
    Setting(
        "loadBalancer",
        "httpMode",
        "http-server-close",
        "what becomes of connections between requests",
        values=("http-keep-alive", "http-server-close", "http-tunnel", "httpclose", "forceclose"),
    ),
    Setting("loadBalancer", "aclMaxCount", "50", "access control lists of a listener", low=1, high=50),
    Setting("loadBalancer", "redirectRuleMaxCount", "40", "lists of type redirect of a listener", low=1, high=40),
)

_QUOTAS = tuple(
    Setting("quota", name, str(value), f"{what} that a new account may have", low=0, high=2**63 - 1)
    for name, value, what in (
        ("vip.num", 20, "virtual IPs"),
        ("eip.num", 20, "EIPs"),
        ("portForwarding.num", 20, "port forwarding rules"),
        ("l3.num", 20, "L3 networks"),
        ("vxlan.num", 8, "VXLAN networks"),
        ("securityGroup.num", 20, "security groups"),
        ("loadBalancer.num", 20, "load balancers"),
        ("listener.num", 20, "load balancer listeners"),
        ("vm.num", 20, "VMs that are not at rest"),
        ("vm.totalNum", 20, "VMs"),
        ("vm.cpuNum", 80, "virtual CPUs of VMs that are not at rest"),
        ("vm.memorySize", 80 << 30, "bytes of memory of VMs that are not at rest"),
    )
)

DEFAULTS = (
    *_QUOTAS,
    *_LOAD_BALANCER,
    *_TRACKING,
    *_DISTRIBUTED_ROUTING,
    Setting("identity", "session.timeout", "7200", "seconds a session lasts", low=60),
    Setting("identity", "session.maxConcurrent", "500", "open sessions per account", low=1),
    Setting(
        "identity", "login.failures.perAccount", "10", "wrong passwords for an account in that time; 0: any", low=0
    ),
    Setting(
        "identity", "login.failures.perAddress", "50", "wrong passwords from an address in that time; 0: any", low=0
    ),
    Setting("identity", "login.failures.seconds", "60", "seconds that a wrong password is held against one", low=1),
    Setting("identity", "audit.keepDays", "180", "days that is remembered who did what", low=1, high=36500),
    Setting("identity", "session.cleanup.interval", "3600", "seconds between removals of expired sessions", low=1),
    Setting(
        "rest", "request.timeout", "60", "seconds until a request is answered, if with an error", low=1, high=3600
    ),
    Setting("rest", "completedApi.expiredPeriod", "10800", "seconds a finished job's result is kept", low=1),
    Setting("rest", "expiredApi.scanInterval", "3600", "seconds between removals of expired results", low=1),
    Setting(
        "vm",
        "deletionPolicy",
        "Delay",
        "what destroying a VM does",
        values=("Direct", "Delay", "Never"),
        binds=("VmInstanceVO",),
    ),
    Setting(
        "vm",
        "cleanTraffic",
        "true",
        "VMs send only from their own addresses",
        values=_BOOLEAN,
        binds=("VmInstanceVO",),
    ),
    Setting(
        "securityGroup",
        "rules.num.limit",
        "100",
        "rules of a group per direction",
        low=1,
        high=200,
        binds=("SecurityGroupVO",),
    ),
    Setting(
        "securityGroup", "ingress.defaultPolicy", "drop", "a NIC's ingress policy at first", values=("accept", "drop")
    ),
    Setting(
        "securityGroup", "egress.defaultPolicy", "accept", "a NIC's egress policy at first", values=("accept", "drop")
    ),
    Setting(
        "vm",
        "multivNic.support",
        "false",
        "several NICs of a VM in one L3 network",
        values=_BOOLEAN,
        binds=("VmInstanceVO",),
    ),
    Setting(
        "host",
        "cpu.overProvisioning.ratio",
        "10",
        "virtual CPUs per CPU of a host",
        low=1,
        high=1000,
        binds=(
            "HostVO",
            "ClusterVO",
            "ZoneVO",
        ),
    ),
    Setting("kvm", "agent.claim.timeout", "60", "seconds that AddKVMHost waits for the agent", low=1, high=3600),
    Setting(
        "networkService",
        "dhcpLeaseSeconds",
        "3600",
        "seconds an address is leased",
        low=60,
        high=2**32 - 2,
        binds=("L3NetworkVO",),
    ),
    Setting("networkService", "defaultDhcpMtu.l2VxlanNetwork", "1450", "MTU of VXLAN networks", low=68, high=9950),
    Setting("networkService", "defaultDhcpMtu.l2VlanNetwork", "1500", "MTU of VLAN networks", low=68, high=9950),
    Setting("networkService", "defaultDhcpMtu.l2NoVlanNetwork", "1500", "MTU of NoVlan networks", low=68, high=9950),
)
