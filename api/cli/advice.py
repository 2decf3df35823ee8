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
    "log.tile-missing": "run `tanji operator integrate --rebuild`: files are made again from the store",
    "log.tile-differs": "run `tanji operator fsck`, then `tanji operator integrate --rebuild`",
    "key.passphrase-wrong": "check the passphrase (file); nothing was changed",
    "key.keystore": "check the file; make a new key with `tanji keys new`",
    "key.passphrase-missing": "give --passphrase-file FILE, or set TANJI_PASSPHRASE_FILE or TANJI_PASSPHRASE",
    "import.source": "the folder must hold products.csv and stages.csv of the Carbon Catalogue",
    "malformed": "the place named is a JSON pointer into the document; docs/spec gives its form",
    "footprint.refused": "correct the fields named and run it again; `tanji enterprise check FILE` lists warnings too",
    "certificate.refused": "`tanji certifier check FILE` lists every reason in both languages",
    "bulletin.key": "bulletins are signed with the deployment's bulletin key and no other",
    "item.unknown": "is the labels statement in the log, and its leaf table in the home's leaves/ folder?",
    "item.transition": "see `tanji enterprise items show` for where the item stands; nothing was changed",
    "item.not-entitled": "nothing was changed; --party and --role say who records it",
    "pin.refused": "check the PIN and the item's number; they are printed on the same label",
    "pin.used": "if you are the first to open this package, tell the enterprise and the regulator: the label may be a copy",
    "pin.throttled": "wait a minute; other clients are not held up",
    "scan.region": "region codes are in docs/copies.md; 0 where it is not known",
    "labels.quota": "ask the certifier for a new certificate, or issue fewer labels",
    "labels.product": "the GTIN, with 14 digits, as the certificate has it",
    "labels.model": "issue by --gtin, or ask the certifier for a model certificate that names the GMN",
    "labels.count": "a batch or model has one label (--count 1), printed as often as needed",
    "labels.resolver": "a host name only: --resolver id.example.cn",
    "labels.key": "give the label key the batch was begun with: --label-key KEYSTORE",
    "labels.batch-state": "see `tanji enterprise labels list`; nothing was changed",
    "labels.batch-damaged": "restore the folder from a backup; never make its labels again under the same indexes",
    "labels.pins": "the passphrase that the batch was begun with opens its PINs",
    "print.glyph": "shorten or respell the name in the certificate; nothing is left out in silence",
    "print.module": "print larger (--scale), or use a shorter resolver name for the next batch",
    "print.sheet": "fewer --columns or --rows, a smaller --margin or --gap, or --page A4",
    "identifier.form": "for example 88.118.8/fridge-300",
    "identifier.taken": "an identifier keeps its meaning; choose another one",
    "rpc.configuration": "name endpoints of different operators: --rpc NAME=URL, repeated",
}


# By the contracts' own error names (contracts/src).
REVERTS: Final[dict[str, str]] = {
    "NotEntitled": "the account's key has not this purpose, is not in force yet (one block after registration), or was ended",
    "PartyKnown": "the party is admitted already; to change its profile: tanji regulator party rename",
    "UnknownParty": "admit the party first: tanji regulator party add",
    "ProfileRefused": "the registry holds this very profile already",
    "KeyKnown": "this key was registered before; a key is registered once and belongs to one party for ever",
    "UnknownKey": "no such key is registered; is the address right?",
    "WrongRegistrationSigner": "the request was signed by another key, or for another deployment: make it again (keys request)",
    "GrantNotOver": "the grant is still running: extend or end it instead",
    "GrantOver": "the grant is not running: open it again",
    "GrantHistoryFull": "a grant holds three intervals; this party and scope have had theirs",
    "StartInPast": "nothing starts in the past: leave --from out to start now",
    "EndNotEarlier": "an end is only ever moved earlier here",
    "EndNotLater": "the new end must be later than the present one",
    "EndNotAfterStart": "the end must be after the start",
    "CompromiseDateRefused": "at most 90 days back, not before the key's start, not in the future",
    "CompromiseNotEarlier": "a reported time is only ever moved earlier",
    "LogKeyKnown": "this log key is recorded already; nothing is to be done",
    "RegulatorKeyProtected": "another regulator key that lasts as long must exist before this one ends",
    "LaneTerminated": "the status is final in this lane: issue a new certificate instead",
    "LaneFull": "the lane holds six transitions, and has them",
    "LastTransitionReserved": "one place is left in this lane, and it is kept for a final status",
    "StatusUnchanged": "it has this status already; nothing is to be done",
    "DeadlinePassed": "the signed change is too old: sign it again",
    "WrongNonce": "the lane changed since this was signed: sign it again",
    "SuccessorRefused": "a status: only a superseded one has a successor; an AnchorLog: another contract must be there",
    "PartySuccessorRefused": "a party does not succeed itself, and the registry holds this very successor already",
    "LogRetired": "this AnchorLog is closed: get the new deployment file",
}


def advice_for(error: Exception, code: str) -> str:
    """What to do; empty when the message says it all."""
    name = getattr(error, "name", None)
    if code == "chain.call-reverted" and isinstance(name, str) and name in REVERTS:
        return f"{REVERTS[name]}; nothing was sent"
    return ADVICE.get(code, "")
