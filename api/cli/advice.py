"""What to do about the ledger's and the verifier's own errors, by code: those packages do not know about commands."""

from __future__ import annotations

from typing import Final

ADVICE: Final[dict[str, str]] = {
    "chain.unavailable": "is the node running, and its URL right? nothing was changed; run the command again then",
    "chain.wrong-chain": "the node is on another chain than the deployment: name the right node with --rpc",
    "chain.wrong-code": "the node does not show the deployment's contracts: wrong node, or wrong deployment file",
    "chain.funds-missing": "the key's account cannot pay: send it some of the chain's currency",
    "chain.call-reverted": "the contract refuses this, and nothing was sent; the error's name says why (docs/spec/05)",
    "chain.transaction-waiting": "it may still be mined: look before sending it again (running this again is safe)",
    "chain.artifact": "reinstall, or run `make contracts`",
    "anchor.log-diverges": "stop and find out why: the chain holds a tree that is not this log's; run `tanji operator fsck`",
    "anchor.log-behind-chain": "this store is older than the chain: restore the newest backup before anchoring",
    "anchor.retired": "the regulator closed this AnchorLog; get the new deployment file",
    "store.writer-busy": "another operator process is the writer; stop it, or use its inbox (tanji operator submit)",
    "store.wrong-log": "this database belongs to another deployment: use another home",
    "store.unavailable": "nothing was written here yet? `tanji operator submit` makes the first entries",
    "store.full": "make space and run the command again: nothing was half-done",
    "store.schema": "run `tanji operator integrate` once: the writer brings the database up to date",
    "store.fenced": "a later operator process took over; this one must not write any more",
    "log.range": "there is no such entry or size yet; see `tanji log checkpoint`",
    "log.tile-missing": "run `tanji operator integrate`: files are made again from the store",
    "key.passphrase-wrong": "check the passphrase (file); nothing was changed",
    "key.keystore": "check the file; make a new key with `tanji keys new`",
    "key.passphrase-missing": "give --passphrase-file FILE, or set TANJI_PASSPHRASE_FILE or TANJI_PASSPHRASE",
    "import.source": "the folder must hold products.csv and stages.csv of the Carbon Catalogue",
    "malformed": "the place named is a JSON pointer into the document; docs/spec gives its form",
    "footprint.refused": "correct the fields named and run it again; `tanji enterprise check FILE` lists warnings too",
    "certificate.refused": "`tanji certifier check FILE` lists every reason in both languages",
    "bulletin.key": "bulletins are signed with the deployment's bulletin key and no other",
    "rpc.configuration": "name endpoints of different operators: --rpc NAME=URL, repeated",
}


def advice_for(code: str) -> str:
    """What to do; empty when the message says it all."""
    return ADVICE.get(code, "")
