"""Load balancers: what may be set."""

from landbridge.model.setting import Setting

SETTINGS = (
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
