"""Questions to hosts as rows: how they and their answers pass between server copies.

Functions of a transaction; server/asking.py puts them, server/nodelink.py passes them on and
writes the answers down.  A row is of no use after its deadline and is pruned then.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass

import msgspec

from landbridge.core.view import Tx, View
from landbridge.model.nodelink import AnswerMessage, AskMessage
from landbridge.model.questions.base import Question
from landbridge.store.tx import SqlTx


@dataclass(frozen=True, slots=True)
class AskRow:
    """A question to the host `node`; `call` is what all questions of one caller have in common."""

    uuid: str
    call: str
    node: str
    question: Question


def _sql(tx: Tx | View) -> SqlTx:
    """The rows live beside the documents: only the SQL transaction can reach them."""
    assert isinstance(tx, SqlTx)
    return tx


def put(tx: Tx, rows: Iterable[AskRow], seconds: float) -> None:
    """Ask; whichever server copy has a host's stream is woken."""
    sql = _sql(tx)
    for row in rows:
        sql.run(
            "INSERT INTO ask (uuid, call, node, deadline, question) VALUES (:u, :c, :n, :d, :q)",
            u=row.uuid,
            c=row.call,
            n=row.node,
            d=sql.now + int(1000 * seconds),
            q=msgspec.json.encode(row.question).decode(),
        )
        sql.wake_ups.add(f"ask:{row.node}")


def unanswered(view: View, node: str) -> list[AskMessage]:
    """What a host is asked and has not answered, the oldest deadline first."""
    sql = _sql(view)
    rows = sql.run(
        "SELECT uuid, question, deadline FROM ask WHERE node = :n AND answer IS NULL AND deadline > :now "
        "ORDER BY deadline, uuid",
        n=node,
        now=sql.now,
    )
    return [
        AskMessage(
            uuid=row.uuid, question=msgspec.Raw(row.question.encode()), seconds=(row.deadline - sql.now) / 1000
        )
        for row in rows
    ]


def asked_nodes(view: View) -> set[str]:
    """Hosts that are asked something and have not answered."""
    sql = _sql(view)
    rows = sql.run("SELECT DISTINCT node FROM ask WHERE answer IS NULL AND deadline > :now", now=sql.now)
    return {row.node for row in rows}


def answer(tx: Tx, node: str, message: AnswerMessage) -> None:
    """Write down what a host answered; the first answer stands, and only to what this host was asked."""
    sql = _sql(tx)
    row = sql.run(
        "UPDATE ask SET answer = :a WHERE uuid = :u AND node = :n AND answer IS NULL RETURNING call",
        a=msgspec.json.encode(message).decode(),
        u=message.uuid,
        n=node,
    ).first()
    if row is not None:
        sql.wake_ups.add(f"answer:{row.call}")


def answers(view: View, call: str, known: Container[str] = ()) -> dict[str, AnswerMessage]:
    """The answers to a call so far, by the question's uuid; those `known` left out."""
    rows = _sql(view).run("SELECT uuid, answer FROM ask WHERE call = :c AND answer IS NOT NULL", c=call)
    return {row.uuid: msgspec.json.decode(row.answer, type=AnswerMessage) for row in rows if row.uuid not in known}


def prune(tx: Tx) -> None:
    """Forget questions whose time is up."""
    sql = _sql(tx)
    sql.run("DELETE FROM ask WHERE deadline <= :now", now=sql.now)
