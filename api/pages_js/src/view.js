/** The one thing trusted: words of three contracts, read from a snapshot under a block that somebody vouches for (parts 5 and 7). */
import { concat, fromHex, toHex, word } from "./bytes.js";
import { keccak, keccakText } from "./crypto.js";
import { Malformed, Unanswered } from "./errors.js";
import { parseHeader } from "./header.js";
import { partyId } from "./statement.js";
import { Nodes, account, storageWord } from "./trie.js";

/** @typedef {import("./documents.js").Deployment} Deployment */
/** @typedef {import("./documents.js").Snapshot} Document */
/** A snapshot's contents; nodes may be a set that is looked into only when asked. @typedef {Omit<Document, "nodes"> & { nodes: Uint8Array[] | Nodes }} Snapshot */
/** @typedef {{ hash: string, final: boolean, number?: number | null, time?: number | null, oldest?: number }} Trusted */
/** @typedef {Trusted | { reason: string }} Trust */
/** @typedef {{ from: number, until: number }} Interval */
/** @typedef {Interval & { compromisedSince: number, ordinal: number, purposes: number, tag: bigint }} Key */
/** @typedef {{ status: number, ordinal: number, time: number }} Transition */
/** @typedef {Snapshot["anchors"][0]} Anchor */
/** @typedef {{ anchor: Anchor, isFirst: boolean }} Covering */

export const PURPOSE = { footprint: 4, certificate: 8, labels: 16, rule: 128 };
export const REGULATORS = toHex(keccakText("regulators"));
const ZERO = "0x" + "0".repeat(64);
const MASK40 = (1n << 40n) - 1n;

/** @param {Uint8Array} key @param {number} slot */
const mapping = (key, slot) => toHex(keccak(concat(key, word(slot))));
/** @param {string} first @param {Uint8Array} second @param {number} slot */
const nested = (first, second, slot) => toHex(keccak(concat(second, keccak(concat(fromHex(first), word(slot))))));
/** @param {string} owner @param {string} subject */
const laneKey = (owner, subject) => keccak(concat(fromHex(owner), fromHex(subject)));

/** @param {bigint} value @param {bigint} from lowest bit @param {bigint} bits */
const bits = (value, from, bits) => Number((value >> from) & ((1n << bits) - 1n));
/** @param {boolean} broken */
function impossible(broken) {
  if (broken) throw new Malformed("word");
}

/** @param {bigint} value @returns {Key | null} */
function keyOf(value) {
  if (value === 0n) return null;
  const purposes = bits(value, 128n, 8n);
  impossible(bits(value, 127n, 1n) !== 0 || purposes === 0);
  return {
    from: bits(value, 0n, 40n), until: bits(value, 40n, 40n), compromisedSince: bits(value, 80n, 40n),
    ordinal: bits(value, 120n, 7n), purposes, tag: value >> 136n,
  };
}

/** @param {bigint} value @returns {Interval[]} newest first */
function intervalsOf(value) {
  impossible(value >> 240n !== 0n);
  /** @type {Interval[]} */
  const found = [];
  for (let rest = value; rest > 0n; rest >>= 80n) {
    impossible((rest & MASK40) === 0n);
    found.push({ from: bits(rest, 0n, 40n), until: bits(rest, 40n, 40n) });
  }
  return found;
}

/** @param {bigint} value @returns {Transition[]} newest first */
function transitionsOf(value) {
  impossible(value >> 252n !== 0n);
  /** @type {Transition[]} */
  const found = [];
  for (let rest = value; rest > 0n; rest >>= 42n) {
    const made = { status: bits(rest, 0n, 3n), ordinal: bits(rest, 3n, 7n), time: bits(rest, 10n, 32n) };
    impossible(made.status < 1 || made.status > 6 || made.ordinal === 0 || made.time === 0);
    impossible(found.length > 0 && made.time > found[found.length - 1].time);
    found.push(made);
  }
  return found;
}

export class View {
  /** @param {Deployment} deployment @param {Snapshot} snapshot @param {Trust} trust */
  constructor(deployment, snapshot, trust) {
    this.deployment = deployment;
    this.anchors = snapshot.anchors;
    this.nodes = snapshot.nodes instanceof Nodes ? snapshot.nodes : new Nodes(snapshot.nodes);
    /** @type {Map<string, bigint | Error>} */
    this.words = new Map();
    /** @type {Map<string, string>} contract address to storage root */
    this.roots = new Map();
    /** @type {import("./header.js").Header | null} */
    this.header = null;
    /** The reason why nothing may be read from this view, or "". */
    this.reason = this.open(snapshot, trust);
  }

  /** Step 1 of part 7. @param {Snapshot} snapshot @param {Trust} trust */
  open(snapshot, trust) {
    if ("reason" in trust) return "no-trusted-block";
    if (toHex(keccak(snapshot.header)) !== trust.hash) return "header-not-trusted";
    if (snapshot.chainId !== this.deployment.chainId) return "another-chain";
    try {
      this.header = parseHeader(snapshot.header);
    } catch {
      return "header-unreadable";
    }
    if (!trust.final) return "block-not-final";
    const says = (/** @type {number | null | undefined} */ said, /** @type {number} */ is) => said === null || said === undefined || said === is;
    if (!says(trust.number, this.header.number) || !says(trust.time, this.header.time)) return "voucher-disagrees";
    if (this.header.number < (trust.oldest ?? 0)) return "older-than-accepted";
    const { anchorLog, trustRegistry, statusRegistry } = this.deployment;
    for (const contract of [anchorLog, trustRegistry, statusRegistry]) {
      const reason = this.openAccount(contract, this.header.stateRoot);
      if (reason) return reason;
    }
    return "";
  }

  /** @param {{ address: string, codeHash: string }} contract @param {string} stateRoot */
  openAccount({ address, codeHash }, stateRoot) {
    try {
      const raw = this.nodes.lookup(stateRoot, keccak(fromHex(address)));
      if (raw === null) return "contract-absent";
      const found = account(raw);
      if (found.codeHash !== codeHash) return "other-code";
      this.roots.set(address, found.storageRoot);
      return "";
    } catch (error) {
      if (error instanceof Unanswered || error instanceof Malformed) return "account-not-shown";
      throw error;
    }
  }

  /** A storage word, read as `decode` has it. Raises Unanswered. @template T @param {string} address @param {string} slot @param {(value: bigint) => T} decode @returns {T} */
  ask(address, slot, decode) {
    try {
      if (this.reason) throw new Unanswered("view-not-trusted");
      return decode(this.word(address, slot));
    } catch (error) {
      if (!(error instanceof Unanswered || error instanceof Malformed)) throw error;
      throw error instanceof Unanswered ? error : new Unanswered("word-unreadable");
    }
  }

  /** @param {string} address @param {string} slot @returns {bigint} */
  word(address, slot) {
    const name = address + slot, known = this.words.get(name);
    if (known !== undefined) {
      if (known instanceof Error) throw known;
      return known;
    }
    try {
      const raw = this.nodes.lookup(/** @type {string} */ (this.roots.get(address)), keccak(fromHex(slot)));
      const value = raw === null ? 0n : storageWord(raw);
      this.words.set(name, value);
      return value;
    } catch (error) {
      this.words.set(name, /** @type {Error} */ (error));
      throw error;
    }
  }

  /** @param {string} address a key's */
  key(address) {
    return this.ask(this.deployment.trustRegistry.address, mapping(word(BigInt(address)), 3), keyOf);
  }

  /** @param {string} party @param {number} purpose @param {string} scope "" for none */
  grant(party, purpose, scope) {
    const scoped = scope ? keccakText(scope) : new Uint8Array(32);
    const key = keccak(concat(fromHex(partyId(party)), word(purpose), scoped));
    return this.ask(this.deployment.trustRegistry.address, mapping(key, 4), intervalsOf);
  }

  /** The address with this ordinal among an owner's status keys, null for none. @param {string} owner @param {number} ordinal @returns {string | null} */
  statusKey(owner, ordinal) {
    const slot = nested(owner, word(ordinal), 7);
    return this.ask(this.deployment.trustRegistry.address, slot, (value) => {
      impossible(value >> 160n !== 0n);
      return value ? "0x" + value.toString(16).padStart(40, "0") : null;
    });
  }

  /** @param {string} owner @param {string} subject */
  lane(owner, subject) {
    return this.ask(this.deployment.statusRegistry.address, mapping(laneKey(owner, subject), 2), transitionsOf);
  }

  /** @param {string} owner @param {string} subject @returns {string | null} */
  successor(owner, subject) {
    const slot = mapping(laneKey(owner, subject), 3);
    return this.ask(this.deployment.statusRegistry.address, slot, (value) => {
      const text = toHex(word(value));
      return text === ZERO ? null : text;
    });
  }

  /**
   * The listed anchor of smallest size beyond `index`, its word proven, and whether it is known to be the first (part 7, step 2).
   * Raises Unanswered. @param {number} index @returns {Covering}
   */
  covering(index) {
    if (this.reason) throw new Unanswered("view-not-trusted");
    const at = this.anchors.findIndex((listed) => listed.size > index);
    if (at < 0) throw new Unanswered("view-ends-before");
    const anchor = this.anchors[at], before = this.anchors[at - 1];
    this.requireShown(anchor);
    if (anchor.seq === 1) return { anchor, isFirst: true };
    if (before?.seq !== anchor.seq - 1) return { anchor, isFirst: false };
    this.requireShown(before);
    return { anchor, isFirst: true };
  }

  /** @param {Anchor} anchor */
  requireShown(anchor) {
    const value = this.ask(this.deployment.anchorLog.address, mapping(word(anchor.seq), 0), (v) => toHex(word(v)));
    if (value !== anchor.hash) throw new Unanswered("anchor-not-shown");
  }
}
