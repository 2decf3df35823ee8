/** Documents of part 6: deployment, snapshot, evidence. Exactly the members given, every size capped first. */
import { concat, fromHex, parseBase64url, parseHex, toHex, word } from "./bytes.js";
import { canonicalBytes, parse } from "./canonical.js";
import { keccak, parseAddress, toChecksum } from "./crypto.js";
import { Malformed } from "./errors.js";
import { distinct, hash, integer, line, list, object, optional, party } from "./forms.js";
import { parseLabel } from "./label.js";
import { parseDisclosures } from "./sealed.js";
import { Statement } from "./statement.js";

/** @typedef {import("./sealed.js").Disclosure} Disclosure */
/** @typedef {{ statement: Statement, index: number, size: number, proof: string[], disclosures: Disclosure[] }} Item */

const KIB = 1 << 10, MIB = 1 << 20;
const CONTRACTS = ["anchorLog", "trustRegistry", "statusRegistry"];
const MAX_TIME = 2 ** 40 - 1, MOST = Number.MAX_SAFE_INTEGER;
const short = (/** @type {unknown} */ value, /** @type {string} */ place) => line(value, place, 200);
const long = (/** @type {unknown} */ value, /** @type {string} */ place) => line(value, place, 2048);
const count = (/** @type {unknown} */ value, /** @type {string} */ place) => integer(value, place, 0, MOST);
const ordinal = (/** @type {unknown} */ value, /** @type {string} */ place) => integer(value, place, 1, MOST);

/** @param {import("./forms.js").Members} members @param {string} place */
function version(members, place) {
  if (members.v !== 1) throw new Malformed("version", `${place}/v`);
}

/** @param {string | Uint8Array} data */
export function parseDeployment(data) {
  const d = object(parse(data, 64 * KIB), "", ["v", "name", "chainId", ...CONTRACTS, "codeHashes", "bulletinKey", "predecessors"]);
  version(d, "");
  const codes = object(d.codeHashes, "/codeHashes", CONTRACTS);
  const contracts = CONTRACTS.map((which) => ({
    address: parseAddress(d[which], `/${which}`),
    codeHash: hash(codes[which], `/codeHashes/${which}`),
  }));
  distinct(contracts.map((contract) => contract.address), "");
  list(d.predecessors, "/predecessors", 0, 16, (item, at) => {
    const before = object(item, at, ["chainId", "anchorLog", "lastSize"]);
    ordinal(before.chainId, `${at}/chainId`);
    parseAddress(before.anchorLog, `${at}/anchorLog`);
    count(before.lastSize, `${at}/lastSize`);
  });
  const chainId = ordinal(d.chainId, "/chainId");
  const [anchorLog, trustRegistry, statusRegistry] = contracts;
  const bulletinKey = parseAddress(d.bulletinKey, "/bulletinKey"), name = short(d.name, "/name");
  return { chainId, name, bulletinKey, anchorLog, trustRegistry, statusRegistry, origin: `tanji/${chainId}/${toChecksum(anchorLog.address)}` };
}

/** An anchor with the hash that AnchorLog keeps of it. @param {number} seq @param {number} size @param {string} root @param {number} time */
export const anchorOf = (seq, size, root, time) => ({ seq, size, root, time, hash: toHex(keccak(concat(word(size), fromHex(root), word(time)))) });

/** @param {{ seq: number, size: number }[]} anchors @param {string} place */
export function checkRising(anchors, place) {
  anchors.forEach((anchor, i) => {
    if (i && (anchor.seq <= anchors[i - 1].seq || anchor.size <= anchors[i - 1].size)) throw new Malformed("order", `${place}/${i}`);
  });
}

/** @param {unknown} value @param {string} at */
export function profile(value, at) {
  const p = object(value, at, ["party", "name"], ["nameEn", "url"]);
  const named = { name: short(p.name, `${at}/name`), nameEn: optional(p, "nameEn", at, short) };
  optional(p, "url", at, long);
  return { party: party(p.party, `${at}/party`), ...named };
}

/** @param {string | Uint8Array} data */
export function parseSnapshot(data) {
  const s = object(parse(data, 64 * MIB), "", ["v", "chainId", "header", "nodes", "anchors", "profiles"]);
  version(s, "");
  const header = parseHex(s.header, "/header");
  if (header.length > 4096) throw new Malformed("size", "/header");
  const nodes = list(s.nodes, "/nodes", 0, 1_000_000, (item, at) => parseBase64url(item, at, 4096));
  if (new Set(s.nodes).size !== nodes.length) throw new Malformed("listed-twice", "/nodes");
  const anchors = list(s.anchors, "/anchors", 0, 1_000_000, (item, at) => {
    const a = object(item, at, ["seq", "size", "root", "time"]);
    return anchorOf(ordinal(a.seq, `${at}/seq`), ordinal(a.size, `${at}/size`), hash(a.root, `${at}/root`), integer(a.time, `${at}/time`, 0, MAX_TIME));
  });
  checkRising(anchors, "/anchors");
  distinct(list(s.profiles, "/profiles", 0, 1_000_000, (item, at) => profile(item, at).party), "/profiles");
  return { chainId: ordinal(s.chainId, "/chainId"), header, nodes, anchors };
}

/** @param {unknown} value @param {string} place @returns {string[]} */
function hashes(value, place) {
  const raw = parseBase64url(value, place, 64 * 32);
  if (raw.length % 32) throw new Malformed("size", place);
  return Array.from({ length: raw.length / 32 }, (_, i) => toHex(raw.subarray(32 * i, 32 * i + 32)));
}

/** @param {boolean} ofFootprint whether a footprint's place, the only ones with disclosures @returns {(value: unknown, place: string) => Item} */
const item = (ofFootprint) => (value, place) => {
  const i = object(value, place, ["statement", "index", "size", "proof"], ofFootprint ? ["disclosures"] : []);
  return {
    statement: new Statement(i.statement, `${place}/statement`),
    index: count(i.index, `${place}/index`),
    size: ordinal(i.size, `${place}/size`),
    proof: hashes(i.proof, `${place}/proof`),
    disclosures: optional(i, "disclosures", place, parseDisclosures) ?? [],
  };
};
export const plain = item(false), disclosing = item(true);

/** @param {unknown} value @param {string} place */
function labelEvidence(value, place) {
  const l = object(value, place, ["text"], ["leaf", "path"]);
  if (("leaf" in l) !== ("path" in l)) throw new Malformed("missing-member", place);
  const leaf = optional(l, "leaf", place, (given, at) => {
    const members = object(given, at, ["gtin", "serial", "pinHash"]);
    for (const word of ["gtin", "serial"]) {
      const text = members[word];
      if (typeof text !== "string" || !/^[\x20-\x7e]{0,64}$/.test(text)) throw new Malformed("form", `${at}/${word}`);
    }
    hash(members.pinHash, `${at}/pinHash`);
    return { gtin: members.gtin, serial: members.serial, data: canonicalBytes(given) };
  });
  return { label: parseLabel(l.text, `${place}/text`), leaf, path: optional(l, "path", place, hashes) ?? [] };
}

/** @param {string | Uint8Array} data */
export function parseEvidence(data) {
  const e = object(parse(data, 8 * MIB), "", ["v", "origin"], ["certificate", "footprint", "rule", "upstream", "labels", "label"]);
  version(e, "");
  return {
    origin: short(e.origin, "/origin"),
    certificate: optional(e, "certificate", "", plain),
    footprint: optional(e, "footprint", "", disclosing),
    rule: optional(e, "rule", "", plain),
    upstream: optional(e, "upstream", "", (value, place) => list(value, place, 1, 1000, (entry, at) => {
      const members = object(entry, at, ["certificate"], ["footprint"]);
      return { certificate: plain(members.certificate, `${at}/certificate`), footprint: optional(members, "footprint", at, disclosing) };
    })) ?? [],
    labels: optional(e, "labels", "", plain),
    label: optional(e, "label", "", labelEvidence),
  };
}

/** @typedef {ReturnType<typeof parseDeployment>} Deployment */
/** @typedef {ReturnType<typeof parseSnapshot>} Snapshot */
/** @typedef {ReturnType<typeof parseEvidence>} Evidence */
