"""Sessions and wrong passwords: what may be set."""

from landbridge.model.setting import Setting

SETTINGS = (
    Setting("identity", "session.timeout", "7200", "seconds a session lasts", low=60),
    Setting("identity", "session.maxConcurrent", "500", "open sessions per account", low=1),
    Setting(
        "identity", "login.failures.perAccount", "10", "wrong passwords for an account in that time; 0: any", low=0
    ),
    Setting(
        "identity", "login.failures.perAddress", "50", "wrong passwords from an address in that time; 0: any", low=0
    ),
    Setting("identity", "login.failures.seconds", "60", "seconds that a wrong password is held against one", low=1),
    Setting("identity", "session.cleanup.interval", "3600", "seconds between removals of expired sessions", low=1),
)
