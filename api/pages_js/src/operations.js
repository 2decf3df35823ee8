/** The operations of the conformance vectors (docs/spec/README.md), so that they can be put to the very file that a page ships. */
import { certificate, labels, rule } from "./bodies.js";
import { fromHex, parseHex, toHex } from "./bytes.js";
import { canonicalHex, parse } from "./canonical.js";
import { checkSignature, keccak, keccakText, parseAddress, recover, toChecksum } from "./crypto.js";
import { parseQuantity, sumAgrees } from "./decimals.js";
import { Malformed, Mismatch, Unanswered } from "./errors.js";
import { footprint } from "./footprint.js";
import { hasCheckDigit, integer, list, string } from "./forms.js";
import { parseHeader } from "./header.js";
import { parseLabel } from "./label.js";
import { leafHash, rootFrom } from "./merkle.js";
import { findCommitments, open, parseDisclosures } from "./sealed.js";
import { Statement, domainSeparator, statementDigest, statementId } from "./statement.js";
import { EMPTY_ROOT, Nodes, account, storageWord } from "./trie.js";
import { verify } from "./verify.js";

/** @typedef {{ [member: string]: any }} Request */

const BODIES = { footprint, certificate, labels, rule };
const MOST = Number.MAX_SAFE_INTEGER;

/** A proof as a list: the nodes of one walk, in its order, and no others. */
class Walk extends Nodes {
  /** @param {unknown} proof @param {string} place */
  constructor(proof, place) {
    super([]);
    this.rest = list(proof, place, 0, 4096, parseHex);
  }

  /** @param {string} hash */
  node(hash) {
    const next = this.rest.shift();
    if (!next || toHex(keccak(next)) !== hash) throw new Unanswered("proof-order");
    this.raw.set(hash, next);
    return super.node(hash);
  }

  /** @param {string} root @param {Uint8Array} key */
  prove(root, key) {
    if (root === EMPTY_ROOT && toHex(this.rest[0] ?? new Uint8Array()) === "0x80") this.rest.shift(); // the empty trie's one node
    const value = this.lookup(root, keccak(key));
    if (this.rest.length) throw new Unanswered("proof-extra");
    return value;
  }
}

/** An address in lower case or in its EIP-55 spelling. @param {unknown} text @param {string} place */
const address = (text, place) =>
  typeof text === "string" && text === text.toLowerCase() ? toHex(parseHex(text, place, 20)) : parseAddress(text, place);

/** @param {Request} q */
function storageProve(q) {
  const slot = parseHex(q.slot, "/slot", 32), root = toHex(parseHex(q.stateRoot, "/stateRoot", 32));
  const found = new Walk(q.accountProof, "/accountProof").prove(root, fromHex(address(q.address, "/address")));
  const storage = found === null ? EMPTY_ROOT : account(found).storageRoot;
  const value = new Walk(q.storageProof, "/storageProof").prove(storage, slot);
  return "0x" + (value === null ? 0n : storageWord(value)).toString(16).padStart(64, "0");
}

/** @param {Request} q */
function inclusion(q) {
  const [index, size] = [integer(q.index, "/index", 0, MOST), integer(q.size, "/size", 0, MOST)];
  const proof = list(q.proof, "/proof", 0, 4096, (item, at) => toHex(parseHex(item, at, 32)));
  const leaf = toHex(parseHex(q.leaf, "/leaf", 32)), root = toHex(parseHex(q.root, "/root", 32));
  if (rootFrom(index, size, leaf, proof) !== root) throw new Mismatch("root");
  return true;
}

/** @param {Request} q */
function digest(q) {
  const separator = domainSeparator(integer(q.chainId, "/chainId", 0, MOST), address(q.contract, "/contract"));
  const [kind, issuer, summary] = ["kind", "issuer", "summary"].map((name) => wellFormed(q[name], `/${name}`));
  return toHex(statementDigest(separator, kind, issuer, keccakText(summary), parseHex(q.bodyHash, "/bodyHash", 32), integer(q.issuedAt, "/issuedAt", 0, MOST)));
}

/** @param {unknown} value @param {string} place */
function wellFormed(value, place) {
  const text = string(value, place);
  if (/\p{Surrogate}/u.test(text)) throw new Malformed("surrogate", place);
  return text;
}

/** Everything derived from a signed statement. @param {Request} q */
function statement(q) {
  const said = new Statement(q.statement, "");
  const separator = domainSeparator(q.chainId, parseAddress(q.anchorLog, "/anchorLog"));
  return {
    summary: said.summary, bodyHash: said.bodyHash, id: said.id, leafHash: said.leafHash,
    digest: toHex(statementDigest(separator, said.kind, said.issuer, said.summaryHash, fromHex(said.bodyHash), said.issuedAt)),
    signed: said.recovered(separator) === said.signer,
  };
}

/** @type {{ [op: string]: (q: Request) => unknown }} */
const OPERATIONS = {
  canonical: (q) => {
    if (!("json" in q)) throw new Malformed("missing-member", "/json");
    if (typeof q.json !== "string") throw new Malformed("type", "/json");
    return canonicalHex(parse(q.json));
  },
  "merkle.leaf": (q) => leafHash(parseHex(q.data, "/data")),
  "merkle.inclusion": inclusion,
  "signature.recover": (q) => toChecksum(recover(parseHex(q.digest, "/digest", 32), checkSignature(parseHex(q.signature, "/signature"), "/signature"))),
  "statement.digest": digest,
  "statement.id": (q) => {
    toHex(parseHex(q.bodyHash, "/bodyHash", 32));
    const { kind, issuer, bodyHash } = /** @type {Request} */ (parse(JSON.stringify(q)));
    return statementId(bodyHash, string(issuer, "/issuer"), string(kind, "/kind"));
  },
  "header.hash": (q) => parseHeader(parseHex(q.rlp, "/rlp")).hash,
  "storage.prove": storageProve,
  "gtin.check": (q) => {
    if (!/^(?:\d{8}|\d{12,14})$/.test(string(q.gtin, "/gtin")) || !hasCheckDigit(q.gtin)) throw new Malformed("gtin", "/gtin");
    return true;
  },
  body: (q) => {
    const body = /** @type {Request} */ (parse(JSON.stringify(q.body)));
    findCommitments(q.kind, body);
    BODIES[/** @type {keyof typeof BODIES} */ (q.kind)](body);
    return true;
  },
  statement,
  sum: (q) => sumAgrees(q.terms.map((/** @type {unknown} */ t) => parseQuantity(t, "")), q.totals.map((/** @type {unknown} */ t) => parseQuantity(t, ""))),
  label: (q) => {
    const { granularity, product, serial, index } = parseLabel(q.text);
    return { granularity, product, serial, index };
  },
  disclose: (q) => {
    const { body, undisclosed } = open(q.issuer, q.body, parseDisclosures(q.disclosures, ""));
    return { undisclosed, body: canonicalHex(body) };
  },
  verdict: (q) => {
    const { outcome, checks } = verify({ ...q.question, evidence: fromHex(q.question.evidence) });
    return { outcome, checks: checks.map(({ id, outcome: how, reason }) => [id, how, reason]) };
  },
};

/** The names of the operations there are. */
export const operations = Object.keys(OPERATIONS);

/** The answer to one request; it never raises. @param {Request} request @returns {{ ok: true, value: unknown } | { ok: false, code: string, rule?: string }} */
export function answer(request) {
  try {
    return { ok: true, value: OPERATIONS[request.op](request) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, code: "malformed", rule: error.rule };
    if (error instanceof Mismatch) return { ok: false, code: error.code };
    if (error instanceof Unanswered) return { ok: false, code: error.why };
    return { ok: false, code: "internal", rule: String(error) };
  }
}
