"""A store that goes away in the middle of a request is said so, and what was not answered can be sent again."""

from __future__ import annotations

import threading


def _backends_that_wait(connection) -> list[int]:
    rows = connection.execute(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    return [row["pid"] for row in rows.fetchall()]


def test_a_database_that_goes_away_while_messages_are_taken_is_a_503(client, db):
    batch = {"batch": [{"type": "track", "event": "looked", "userId": "u1", "messageId": "m-1"}]}
    answers = []
    with db.autocommit() as other, db.tx() as holder:
        holder.execute("lock table message_seen in access exclusive mode")
        sender = threading.Thread(target=lambda: answers.append(client.post("/v1/batch", json=batch)))
        sender.start()
        while not (waiting := _backends_that_wait(other)):
            pass
        for pid in waiting:
            other.execute("select pg_terminate_backend(%s)", (pid,))
        sender.join()
    (answer,) = answers
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["code"] == "unavailable"
    again = client.post("/v1/batch", json=batch).json()
    assert (again["accepted"], again["duplicates"]) == (1, 0)


def test_health_says_that_messages_are_taken(client):
    assert client.get("/healthz").json()["messages"] == "taken"
