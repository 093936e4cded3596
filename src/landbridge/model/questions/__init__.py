"""What the server asks a host while a user waits for the answer, and what hosts answer.

A question is a read: it changes nothing on the host.  So it may be asked again (the stream broke, a
server copy died), and an answer that nobody waits for any more is thrown away.  Each question names
the type of its answer; what answers it is in agent/questions.py.
"""

from landbridge.model.questions.dhcp import AskDhcpLeases
from landbridge.model.questions.ipsec import AskIpsec, AskIpsecSoftware
from landbridge.model.questions.ports import AskDrops, AskPortCounts, AskRuleCounts
from landbridge.model.questions.router import AskBalancers, AskRouter, AskRoutes
from landbridge.model.questions.shortcuts import AskShortcuts

AnyQuestion = (
    AskDhcpLeases
    | AskRouter
    | AskRoutes
    | AskIpsec
    | AskIpsecSoftware
    | AskBalancers
    | AskShortcuts
    | AskPortCounts
    | AskRuleCounts
    | AskDrops
)
