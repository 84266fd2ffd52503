"""Write the vectors of the process log: `python tests/vectors/generate_process.py`.

Every case is a folder of process/; every byte follows from the seed below. A case holds one of
  steps.jsonl            what a creator writes; in NAME_fail it is refused
  log.json               log id, secret and steps, with the salts, commitments, leaf hashes, Merkle
                         root and process root that follow
  disclosure.json        with signed.json: the process root and the number of steps as the author
                         signed them; in NAME_fail it is malformed or does not verify
  prefix.json            with signed.json: log id, both process roots and sizes; likewise
and in NAME_fail why.txt says what is wrong.
"""

import json
import random
from dataclasses import replace
from pathlib import Path

from ledger.digest import Digest
from ledger.disclosure import HiddenField, disclose
from ledger.encoding import Json, canonical, hex_of
from ledger.process import PrefixProof, ProcessLog, field_commitment
from ledger.step import MAX_FIELDS, Step, encode_steps

HERE = Path(__file__).parent / "process"
SEED = 20261124


def logs() -> dict[str, ProcessLog]:
    """Return the logs that the cases are made of, by name."""
    chance = random.Random(SEED)

    def log(*steps: dict[str, str]) -> ProcessLog:
        return ProcessLog(chance.randbytes(32), chance.randbytes(32), tuple(map(Step.of, steps)))

    def image(name: str) -> str:
        return str(Digest.of(name.encode()))

    lantern = [
        {
            "kind": "generate",
            "tool": "ComfyUI 0.4.1",
            "prompt": "paper lantern at dusk",
            "seed": "81723",
            "steps": "28",
            "cfg": "6.5",
            "output": image("first"),
            "selection": "discarded",
            "reason": "too bright",
        },
        {
            "kind": "generate",
            "tool": "ComfyUI 0.4.1",
            "prompt": "paper lantern at dusk, 水墨 🏮",
            "negative_prompt": "text",
            "seed": "81724",
            "steps": "28",
            "cfg": "6.5",
            "parent": "0",
            "output": image("second"),
        },
        {"kind": "edit", "tool": "GIMP 3.2", "input": image("second"), "output": image("lantern")},
    ]
    return {
        "opening": log(),
        "one-step": log({"kind": "generate"}),
        "lantern": log(*lantern),
        "empty-values": log({"a": "", "b": "", "c": ""}, {"a": ""}),
        "equal-steps": log(*[{"prompt": "same", "seed": "1"}] * 4),
        "awkward-text": log({"note": 'e\u0301 é \u0000 \u2028 "\\/ 🏮', "x" * 64: "\n", "_": "0"}),
        "thirteen-steps": log(*({"seed": str(seed)} for seed in range(13))),
        "most-fields": log({f"f{number:02}": str(number) for number in range(MAX_FIELDS)}),
    }


def described(log: ProcessLog) -> Json:
    """Return a log with all that follows from it."""
    fields: list[Json] = []
    for index, step in enumerate(log.steps):
        for position, field in enumerate(step.fields):
            salt = log.salt_of(index, position)
            fields.append(
                {
                    "step": index,
                    "position": position,
                    "name": field.name,
                    "salt": hex_of(salt),
                    "commitment": hex_of(field_commitment(field.name, field.value, salt)),
                }
            )
    return {
        "log_id": hex_of(log.log_id),
        "secret": hex_of(log.secret),
        "steps": [step.values for step in log.steps],
        "fields": fields,
        "leaf_hashes": [hex_of(leaf) for leaf in log.leaf_hashes],
        "merkle_root": hex_of(log.merkle_root),
        "root": hex_of(log.root),
    }


def written_steps() -> dict[str, tuple[bytes, str]]:
    """Return files of steps as creators write them, and what is wrong with each."""
    good = b'{"kind":"generate"}\n'
    return {
        "steps-none": (b"", ""),
        "steps-by-hand": (
            b'{"seed": "1", "kind": "generate"}\r\n{ "note": "\\u6c34" }\r\n\r\n',
            "",
        ),
        "steps-byte-order-mark": (b"\xef\xbb\xbf" + good, ""),
        "steps-no-last-newline": (good + b'{"note":"x"}', ""),
        "steps-number_fail": (good + b'{"seed":81723}\n', "a number; seeds are strings"),
        "steps-fraction_fail": (b'{"cfg":6.5}\n', "a fraction; decimals are strings"),
        "steps-null_fail": (b'{"seed":null}\n', "null"),
        "steps-true_fail": (b'{"kept":true}\n', "a boolean"),
        "steps-nested_fail": (b'{"loras":["a"]}\n', "a list"),
        "steps-list_fail": (b'["kind"]\n', "a line that is no object"),
        "steps-empty_fail": (b"{}\n", "a step without fields"),
        "steps-blank-line_fail": (good + b"\n" + good, "a blank line that is not at the end"),
        "steps-two-on-a-line_fail": (b'{"a":"1"}{"a":"2"}\n', "two objects on a line"),
        "steps-name-twice_fail": (b'{"a":"1","a":"2"}\n', "a name twice"),
        "steps-upper-case_fail": (b'{"Seed":"1"}\n', "a name outside [a-z0-9_]"),
        "steps-long-name_fail": (b'{"' + b"a" * 65 + b'":"1"}\n', "a name of 65 characters"),
        "steps-half-surrogate_fail": (b'{"a":"\\ud800"}\n', "half of a surrogate pair"),
        "steps-not-utf8_fail": (b'{"a":"\xff"}\n', "bytes that are not UTF-8"),
        "steps-65-fields_fail": (
            canonical({f"f{number}": "" for number in range(MAX_FIELDS + 1)}) + b"\n",
            "more than 64 fields",
        ),
    }


def disclosures(log: ProcessLog, small: ProcessLog) -> dict[str, tuple[bytes, ProcessLog, str]]:
    """Return disclosures, the log that was signed, and what is wrong with each."""
    some = disclose(log, {1: None, 2: {"seed"}, 5: set(), 12: None})
    first, second, *rest = some.shown
    text = some.encode()
    hidden = HiddenField("seed", log.leaf_hashes[0])
    extra = Step.of({"seed": "1", "zone": ""})
    more = disclose(replace(log, steps=(extra, *log.steps[1:])), {0: None})
    cut = json.loads(text)
    del cut["shown"][0]["fields"][0]["salt"]
    good = {
        "disclosure-nothing": (disclose(log, {}).encode(), log, ""),
        "disclosure-opening": (
            disclose(replace(log, steps=()), {}).encode(),
            replace(log, steps=()),
            "",
        ),
        "disclosure-one-step": (disclose(log, {5: None}).encode(), log, ""),
        "disclosure-some": (text, log, ""),
        "disclosure-everything": (disclose(log, dict.fromkeys(range(13))).encode(), log, ""),
        "disclosure-some-fields": (
            disclose(small, {0: {"seed"}, 1: {"prompt", "seed"}}).encode(),
            small,
            "",
        ),
    }
    bad = {
        "value-changed": (text.replace(b'"value":"1"', b'"value":"7"'), "another value"),
        "index-moved": (
            replace(some, shown=(replace(first, index=0), second, *rest)).encode(),
            "another index",
        ),
        "size-changed": (replace(some, steps=14).encode(), "another size than was signed"),
        "id-changed": (replace(some, log_id=bytes(32)).encode(), "another log's id"),
        "merkle-root-changed": (replace(some, merkle_root=bytes(32)).encode(), "another tree"),
        "node-missing": (replace(some, nodes=some.nodes[:-1]).encode(), "a node too few"),
        "node-added": (replace(some, nodes=(*some.nodes, bytes(32))).encode(), "a node too many"),
        "nodes-turned": (replace(some, nodes=some.nodes[::-1]).encode(), "nodes in another order"),
        "commitment-changed": (
            replace(some, shown=(replace(first, fields=(hidden,)), second, *rest)).encode(),
            "a commitment that is not the field's",
        ),
        "field-added": (more.encode(), "a field that the step does not have"),
        "salt-missing": (canonical(cut), "a value without its salt"),
        "version-2": (text.replace(b'"version":1', b'"version":2'), "an unknown version"),
        "unknown-member": (text.replace(b'"version":1', b'"version":1,"x":0'), "an unknown member"),
        "not-canonical": (text.replace(b",", b", ", 1), "a space"),
        "upper-case-hex": (text.replace(b"a", b"A", 1), "hex in upper case, or another member"),
    }
    return good | {f"disclosure-{name}_fail": (data, log, why) for name, (data, why) in bad.items()}


def prefixes(log: ProcessLog) -> dict[str, tuple[PrefixProof, int, str]]:
    """Return prefix proofs, the earlier size that was signed, and what is wrong with each."""
    proof = log.prefix_proof(5)
    rival = replace(log, steps=(Step.of({"seed": "rival"}), *log.steps[1:]))
    return {
        "prefix-of-opening": (log.prefix_proof(0), 0, ""),
        "prefix-of-five": (proof, 5, ""),
        "prefix-of-eight": (log.prefix_proof(8), 8, ""),
        "prefix-of-itself": (log.prefix_proof(13), 13, ""),
        "prefix-of-rival_fail": (rival.prefix_proof(5), 5, "the proof is another log's"),
        "prefix-wrong-size_fail": (replace(proof, old_steps=4), 5, "another size than was signed"),
        "prefix-wrong-id_fail": (replace(proof, log_id=bytes(32)), 5, "another log's id"),
        "prefix-node-missing_fail": (replace(proof, nodes=proof.nodes[1:]), 5, "a node too few"),
        "prefix-node-added_fail": (
            replace(proof, nodes=(*proof.nodes, bytes(32))),
            5,
            "a node too many",
        ),
        "prefix-roots-equal_fail": (
            replace(proof, old_merkle_root=proof.merkle_root, nodes=()),
            5,
            "the later tree in place of the earlier",
        ),
    }


def files() -> dict[str, bytes]:
    """Return the bytes of every vector file by its path under process/."""
    found: dict[str, bytes] = {}
    of = logs()
    log = of["thirteen-steps"]
    for name, each in of.items():
        found[f"log-{name}/log.json"] = canonical(described(each))
        found[f"log-{name}/steps.jsonl"] = encode_steps(each.steps)
    for name, (data, why) in written_steps().items():
        found[f"{name}/steps.jsonl"] = data
        found[f"{name}/why.txt"] = why.encode()
    for name, (data, signed, why) in disclosures(log, of["lantern"]).items():
        found[f"{name}/disclosure.json"] = data
        found[f"{name}/signed.json"] = canonical(
            {"root": hex_of(signed.root), "steps": signed.size}
        )
        found[f"{name}/why.txt"] = why.encode()
    for name, (proof, old, why) in prefixes(log).items():
        found[f"{name}/prefix.json"] = proof.encode()
        found[f"{name}/signed.json"] = canonical(
            {
                "log_id": hex_of(log.log_id),
                "old_root": hex_of(replace(log, steps=log.steps[:old]).root),
                "old_steps": old,
                "root": hex_of(log.root),
                "steps": log.size,
            }
        )
        found[f"{name}/why.txt"] = why.encode()
    return {path: data for path, data in found.items() if data or not path.endswith("why.txt")}


if __name__ == "__main__":
    for path, content in files().items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(content)
