"""Prometheus metrics of the API.  Labels are action names and statuses: few and known."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("landbridge_api_requests", "API requests answered", ("action", "status"))
REQUEST_SECONDS = Histogram(
    "landbridge_api_request_seconds",
    "Time to answer an API request",
    ("action",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
JOBS = Counter("landbridge_jobs", "Jobs that ended", ("action", "outcome"))
JOB_SECONDS = Histogram(
    "landbridge_job_seconds",
    "Time from a job's acceptance to its end",
    ("action",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
