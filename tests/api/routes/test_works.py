import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.digest import Digest
from ledger.encoding import hex_of
from tests.api.asking import Api, running
from tests.ledger.factories import word

WORK = word("the work")
PATH = f"/v1/works/{Digest(WORK)}"


def disclose(api: Api, author: str) -> str:
    signed = api.claim(f"of {author}", author, WORK)
    api.show([signed], in_clear=True)
    api.anchor()
    return hex_of(signed.id)


def test_claims_on_a_work_come_in_order_of_priority_with_their_findings(api: Api) -> None:
    ids = [disclose(api, author) for author in ("alice", "bob", "carol")]
    answer = api.get(PATH)
    assert [claim["id"] for claim in answer["claims"]] == ids
    assert answer["work"] == {"digest": str(Digest(WORK))}
    assert answer["complete"] is True
    outcomes = {one["check"]: one["outcome"] for one in answer["claims"][0]["findings"]}
    assert outcomes == {
        "signature": "valid",
        "key": "valid",
        "process": "absent",
        "standing": "in_force",
    }
    blocks = [claim["existed_by"]["block"] for claim in answer["claims"]]
    assert blocks == sorted(set(blocks))
    assert answer["index"]["ledgers"] == 1


def test_a_work_that_nobody_claimed_openly_has_no_claims_and_says_how_much_is_closed(
    api: Api,
) -> None:
    api.commit([api.claim("closed", work=WORK)])
    api.anchor()
    answer = api.get(PATH)
    assert (answer["claims"], answer["index"]["closed"]) == ([], 1)


def test_a_digest_is_written_as_sha256_and_hex(api: Api) -> None:
    assert api.get(f"/v1/works/{WORK.hex()}") == api.get(PATH)
    api.get("/v1/works/lantern.png", 422)
    api.get(f"/v1/works/{Digest(WORK)}".upper().replace("/V1/WORKS", "/v1/works"), 422)


def test_a_second_home_with_the_chain_and_the_blocks_answers_byte_for_byte_the_same(
    api: Api, tmp_path: Path
) -> None:
    ids = [disclose(api, author) for author in ("alice", "bob")]
    api.commit([api.claim("pending", work=WORK)], "key-9")  # known to the first home only
    second = tmp_path / "second"
    copied = second / "chains" / "local"
    copied.mkdir(parents=True)
    with (
        closing(sqlite3.connect(api.home / "chains" / "local" / "chain.db")) as source,
        closing(sqlite3.connect(copied / "chain.db")) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")
    shutil.copytree(api.home / "blocks", second / "blocks")
    paths = [PATH, *(f"/v1/claims/{one}" for one in ids), f"/v1/claims/{ids[1]}/receipt"]
    first = [api.ask("GET", path) for path in paths]
    assert [answer.status_code for answer in first] == [200] * 4
    shutil.copy(api.home / "chains" / "local" / "ledger.json", copied)  # else it founds its own
    with running(second) as other:
        assert other.served.queue.size() == 0
        assert [other.ask("GET", path).content for path in paths] == [
            answer.content for answer in first
        ]
