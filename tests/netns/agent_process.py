"""`landbridge agent run` as a process of its own, with files in the place of nodelink.

    python -m tests.netns.agent_process DIRECTORY TAG

`messages.jsonl` in the directory is what the server says (it is sent whole to every new stream),
`reports.jsonl` what the agent reports, `answers.jsonl` what it answers to questions.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec

from landbridge.agent import main
from landbridge.model.facts import HostFacts
from landbridge.model.nodelink import AnswerMessage, AskMessage, RefreshMessage, Report, StateMessage
from landbridge.transports.identity import Identity

POLL_SECONDS = 0.005


class FileNodelink:
    """What `NodelinkClient` is to the agent."""

    def __init__(self, _url: str, identity: Identity) -> None:
        self.directory = identity.directory.parent
        self.decoder = msgspec.json.Decoder(StateMessage | RefreshMessage | AskMessage)

    async def watch(
        self, have: Mapping[str, int], facts: HostFacts, boot_id: str
    ) -> AsyncIterator[StateMessage | RefreshMessage | AskMessage]:
        """Every line of the file, and those to come."""
        await self.report(Report(facts=facts))
        with (self.directory / "messages.jsonl").open("rb") as file:
            while True:
                line = file.readline()
                if line:
                    yield self.decoder.decode(line)
                else:
                    await asyncio.sleep(POLL_SECONDS)

    async def report(self, report: Report) -> None:
        """Append it."""
        self._append("reports.jsonl", report)

    async def answer(self, message: AnswerMessage) -> None:
        """Append it."""
        self._append("answers.jsonl", message)

    def close(self) -> None:
        """Nothing to hang up."""

    def _append(self, name: str, said: msgspec.Struct) -> None:
        with (self.directory / name).open("ab") as file:
            file.write(msgspec.json.encode(said) + b"\n")


if __name__ == "__main__":
    directory, tag = Path(sys.argv[1]), sys.argv[2]
    main.NodelinkClient = FileNodelink  # type: ignore[assignment, attr-defined]  # a stand-in for the network
    main.run(main.AgentOptions(state_dir=directory, run_dir=directory / "run", tag=tag, metrics="127.0.0.1:9199"))
