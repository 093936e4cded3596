"""The API itself: what may be set.  `request.timeout` is Landbridge's own."""

from landbridge.model.setting import Setting

SETTINGS = (
    Setting(
        "rest", "request.timeout", "60", "seconds until a request is answered, if with an error", low=1, high=3600
    ),
    Setting("rest", "completedApi.expiredPeriod", "10800", "seconds a finished job's result is kept", low=1),
    Setting("rest", "expiredApi.scanInterval", "3600", "seconds between removals of expired results", low=1),
)
