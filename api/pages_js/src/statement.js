/** Statements of part 2: form, hashes, summary line, EIP-712 digest and entry. */
import { concat, fromHex, parseHex, toHex, utf8, word } from "./bytes.js";
import { certificate, labels, rule } from "./bodies.js";
import { canonicalBytes, canonicalize, depthOf } from "./canonical.js";
import { checkSignature, keccak, keccakText, parseAddress, recover, sha256, toChecksum } from "./crypto.js";
import { Malformed, Mismatch } from "./errors.js";
import { footprint } from "./footprint.js";
import { form, integer, object, party } from "./forms.js";
import { leafHash } from "./merkle.js";
import { findCommitments } from "./sealed.js";
import { dayInShanghai } from "./times.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {{ [kind: string]: (body: unknown) => any }} Readers */

const KIND = form(/^[a-z][a-z0-9-]{0,31}$/);
const PUBLIC = ["certificate", "labels", "rule"];
const MAX_TIME = 2 ** 40;
/** @type {Readers} */
const READERS = { footprint, certificate, labels, rule };
const STATEMENT_TYPE = keccakText("Statement(string kind,string issuer,string summary,bytes32 bodyHash,uint64 issuedAt)");
const DOMAIN_TYPE = keccakText("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
const NAME = keccakText("Tanji"), VERSION = keccakText("1");

/** @param {number} chainId @param {string} contract */
export const domainSeparator = (chainId, contract) =>
  keccak(concat(DOMAIN_TYPE, NAME, VERSION, word(chainId), word(BigInt(contract))));

/** @param {Uint8Array} separator @param {Uint8Array} struct its hash */
export const typedDigest = (separator, struct) => keccak(concat(Uint8Array.of(0x19, 0x01), separator, struct));

/** @param {Uint8Array} separator @param {string} kind @param {string} issuer @param {Uint8Array} summaryHash @param {Uint8Array} bodyHash @param {number} issuedAt */
export const statementDigest = (separator, kind, issuer, summaryHash, bodyHash, issuedAt) =>
  typedDigest(separator, keccak(concat(STATEMENT_TYPE, keccakText(kind), keccakText(issuer), summaryHash, bodyHash, word(issuedAt))));

/** @param {number} lead @param {JsonValue} value @returns {string} */
const taggedHash = (lead, value) => toHex(sha256(concat(Uint8Array.of(lead), canonicalBytes(value))));

/** @param {string} bodyHash @param {string} issuer @param {string} kind */
export const statementId = (bodyHash, issuer, kind) => taggedHash(2, { bodyHash, issuer, kind });
/** @param {string} issuer @param {string} number */
export const subjectOfNumber = (issuer, number) => taggedHash(6, { issuer, number });
/** @param {string} text @returns {string} */
export const partyId = (text) => toHex(keccakText(text));

/** The first 40 code points. @param {string} text */
const cut = (text) => [...text].slice(0, 40).join("");

/** The line that a wallet shows. @param {string} kind @param {any} body as signed @param {any} made the body read */
function summaryOf(kind, body, made) {
  if (kind === "footprint") {
    return `Footprint ${made.pcf.text} kgCO2e per ${made.amount.text} ${made.unit} · ${made.periodStart.slice(0, 10)} to ${made.periodEnd.slice(0, 10)} · ${made.productIds[0]} · 「${cut(made.productName)}」`;
  }
  if (kind === "certificate") {
    return `Certificate ${made.number} v${made.version} · ${made.grade?.value ?? "no grade"} · ${made.pcf.text} kgCO2e per ${made.declaredUnit.amount.text} ${made.declaredUnit.unit} · ${dayInShanghai(made.validFrom)} to ${dayInShanghai(made.validUntil)} · quota ${made.quota} · holder ${made.holder} · footprint ${made.footprint.slice(0, 18)} · 「${cut(made.products[0].name)}」`;
  }
  if (kind === "labels") {
    return `Labels ${made.count} from ${made.first} · ${made.gtin !== null ? `GTIN ${made.gtin}` : made.product.replace("8013:", "GMN ")} · batch ${made.batch} · certificate ${made.certificate.slice(0, 18)}`;
  }
  if (kind === "rule") {
    return `Rule ${made.code} v${made.version} · ${made.tables.length} tables · from ${dayInShanghai(made.effectiveFrom)} · 「${cut(made.name)}」`;
  }
  return `Unknown statement kind ${kind}`;
}

export class Statement {
  /** @param {unknown} value @param {string} place raises Malformed */
  constructor(value, place) {
    const s = object(value, place, ["v", "kind", "issuer", "body", "issuedAt", "signer", "signature"]);
    if (s.v !== 1) throw new Malformed("version", `${place}/v`);
    this.kind = KIND(s.kind, `${place}/kind`);
    this.issuer = party(s.issuer, `${place}/issuer`);
    this.issuedAt = integer(s.issuedAt, `${place}/issuedAt`, 0, MAX_TIME - 1);
    this.signer = parseAddress(s.signer, `${place}/signer`);
    const signature = parseHex(s.signature, `${place}/signature`);
    this.signature = signature.length ? checkSignature(signature, `${place}/signature`) : null;
    this.body = object(s.body, `${place}/body`, [], null);
    if (depthOf(this.body) > 24) throw new Malformed("depth", `${place}/body`);
    const canonical = canonicalBytes(this.body);
    if (canonical.length > (PUBLIC.includes(this.kind) ? 64_511 : 1_047_552)) throw new Malformed("size", `${place}/body`);
    findCommitments(this.kind, this.body);
    this.bodyHash = toHex(sha256(canonical));
    this.id = statementId(this.bodyHash, this.issuer, this.kind);
    /** @type {any} the body read, null where it lacks its kind's form */
    this.made = null;
    this.hasForm = false;
    try {
      this.made = READERS[this.kind]?.(this.body) ?? null;
      this.summary = summaryOf(this.kind, this.body, this.made);
      this.hasForm = true;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.summary = "";
    }
  }

  get summaryHash() {
    return keccakText(this.summary);
  }

  /** Null where the body lacks its form. @returns {string | null} */
  get leafHash() {
    if (!this.hasForm) return null;
    const { kind, issuer, bodyHash, issuedAt, signer, signature } = this;
    return leafHash(utf8(canonicalize({
      v: 1, kind, issuer, bodyHash, issuedAt,
      summaryHash: toHex(this.summaryHash),
      signer: toChecksum(signer),
      signature: signature ? toHex(signature) : "0x",
      ...(PUBLIC.includes(kind) ? { body: this.body } : {}),
    })));
  }

  /** The address that signed. Raises Mismatch. @param {Uint8Array} separator */
  recovered(separator) {
    if (!this.signature) throw new Mismatch("not-signed");
    const digest = statementDigest(separator, this.kind, this.issuer, this.summaryHash, fromHex(this.bodyHash), this.issuedAt);
    return recover(digest, this.signature);
  }
}
