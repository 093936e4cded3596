"""Landbridge: a private-cloud VPC for plain Linux servers.

The layout is the architecture; imports only go down this list (import-linter holds it):

    cli | lab                      what people type
    server | agent | vrouter       processes: wiring only
    testing                        fakes, worlds, fixtures
    drivers | transports | store   all input and output
    services                       pure: one folder per network service
    render                         pure: node state -> kernel and daemon values
    core                           pure: actions, queries, compile, plan
    model                          pure: nouns and the server-agent contract
"""

__version__ = "0.1.0"
