"""A host without eBPF: who asks about its ports is told why it has no answer."""

import pytest

from landbridge.agent.drops import DropWatch
from landbridge.agent.traffic import Traffic
from landbridge.drivers.hooks import NoHooks
from landbridge.model.questions.ports import AskDrops, AskPortCounts, AskRuleCounts
from landbridge.render.known import Known

WHY = "eBPF does not work on this host: no memory"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_the_reason_is_told() -> None:
    hooks = NoHooks(WHY)
    traffic = Traffic(hooks, Known)
    with pytest.raises(OSError, match=WHY):
        traffic.port_counts(AskPortCounts(nic_uuids=("a" * 32,)))
    with pytest.raises(OSError, match=WHY):
        traffic.rule_counts(AskRuleCounts(rules=(1,)))
    with pytest.raises(OSError, match=WHY):
        await DropWatch(hooks, traffic).drops(AskDrops(nic_uuids=("a" * 32,)))
