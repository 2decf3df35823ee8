/**
 * What will be signed, derived here from the document alone and compared with what the server prepared: a page never has signed what it
 * does not show. Statements by part 2, status changes by part 5, a regulator's acts by `acts.ts` and the contract ABI.
 */
import { fromHex, parseHex, toHex, utf8, word } from "../bytes.js";
import { canonicalBytes, canonicalize } from "../canonical.js";
import { keccak, keccakText, parseAddress, sha256 } from "../crypto.js";
import { Malformed } from "../errors.js";
import { integer, object, party } from "../forms.js";
import { Statement, domainSeparator, partyId, statementDigest, statementId, typedDigest } from "../statement.js";
import { dayInShanghai } from "../times.js";
import { type Call, encodeCall } from "./abi.js";
import { actOf } from "./acts.js";

export interface Deployment {
  chainId: number;
  anchorLog: string;
  trustRegistry: string;
  statusRegistry: string;
}

export interface Reason {
  code: string;
  note: string;
}

/** As the server gives it; everything but `document`, `reason` and a call's own arguments is derived again. */
export interface Prepared {
  what: "statement" | "statusChange" | "transaction";
  document?: { [member: string]: any };
  summary: string;
  digest?: string;
  typedData?: unknown;
  bodyHash?: string;
  id?: string;
  issuedAt?: number;
  transaction?: Call;
  reason?: Reason;
  /** What the account's key must be registered for. */
  purpose?: string;
  /** Posted once the call is mined. */
  after?: { path: string; document: { [member: string]: any } };
}

/** What is signed or sent. digest and typedData: null for a call. */
export interface Exact {
  what: Prepared["what"];
  summary: string;
  digest: Uint8Array | null;
  typedData: object | null;
  call: Call | null;
  id: string | null;
  document: { [member: string]: any };
}

/** The server's text is not what its own document means: `member` says which part. */
export class Disagreement extends Error {
  constructor(readonly member: string) {
    super(member);
  }
}

type Member = [name: string, type: string];
const DOMAIN: Member[] = [["name", "string"], ["version", "string"], ["chainId", "uint256"], ["verifyingContract", "address"]];
const STATEMENT: Member[] = [["kind", "string"], ["issuer", "string"], ["summary", "string"], ["bodyHash", "bytes32"], ["issuedAt", "uint64"]];
const CHANGE: Member[] = [["owner", "bytes32"], ["subject", "bytes32"], ["status", "uint8"], ["successor", "bytes32"], ["nonce", "uint256"], ["deadline", "uint256"]];
const CHANGE_TYPE = keccakText("StatusChange(bytes32 owner,bytes32 subject,uint8 status,bytes32 successor,uint256 nonce,uint256 deadline)");
const CHANGE_CALL = "changeStatus(bytes32,bytes32,uint8,bytes32)";
const STATUSES = ["active", "suspended", "withdrawn", "cancelled", "superseded-labels-good", "superseded-labels-void"];
const NOBODY = "0x" + "0".repeat(40);
const NONE = "0x" + "0".repeat(64);

const members = (list: Member[]) => list.map(([name, type]) => ({ name, type }));

function typed(chainId: number, contract: string, primaryType: string, list: Member[], message: object): object {
  return {
    types: { EIP712Domain: members(DOMAIN), [primaryType]: members(list) },
    primaryType,
    domain: { name: "Tanji", version: "1", chainId, verifyingContract: contract },
    message,
  };
}

function exactStatement(draft: { [member: string]: any }, issuedAt: number, at: Deployment): Exact {
  const { kind, issuer, body } = object(draft, "", ["v", "kind", "issuer", "body"]);
  const said = new Statement({ v: 1, kind, issuer, body, issuedAt, signer: NOBODY, signature: "0x" }, "");
  if (!said.hasForm) throw new Malformed("form", "/body");
  const bodyHash = toHex(sha256(canonicalBytes(said.body)));
  const separator = domainSeparator(at.chainId, parseAddress(at.anchorLog, "anchorLog"));
  return {
    what: "statement",
    summary: said.summary,
    digest: statementDigest(separator, said.kind, said.issuer, said.summaryHash, fromHex(bodyHash), issuedAt),
    typedData: typed(at.chainId, at.anchorLog, "Statement", STATEMENT, { kind: said.kind, issuer: said.issuer, summary: said.summary, bodyHash, issuedAt }),
    call: null,
    id: statementId(bodyHash, said.issuer, said.kind),
    document: draft,
  };
}

function exactChange(document: { [member: string]: any }, at: Deployment): Exact {
  const change = object(object(document, "", ["v", "statusChange"]).statusChange, "/statusChange", ["owner", "subject", "status", "nonce", "deadline"], ["successor"]);
  const owner = change.owner === "regulators" ? toHex(keccakText("regulators")) : partyId(party(change.owner, "/statusChange/owner"));
  const subject = toHex(parseHex(change.subject, "/statusChange/subject", 32));
  const successor = change.successor === undefined ? NONE : toHex(parseHex(change.successor, "/statusChange/successor", 32));
  const status = STATUSES.indexOf(change.status) + 1;
  if (!status) throw new Malformed("choice", "/statusChange/status");
  const nonce = integer(change.nonce, "/statusChange/nonce", 0, 6), deadline = integer(change.deadline, "/statusChange/deadline", 0, 2 ** 40);
  const separator = domainSeparator(at.chainId, parseAddress(at.statusRegistry, "statusRegistry"));
  const words = [CHANGE_TYPE, fromHex(owner), fromHex(subject), word(status), fromHex(successor), word(nonce), word(deadline)];
  const struct = keccak(fromHex("0x" + words.map((one) => toHex(one).slice(2)).join("")));
  const after = successor === NONE ? "" : ` · successor ${successor}`;
  const given = [owner, subject, String(status), successor];
  return {
    what: "statusChange",
    summary: `Status ${change.status} · subject ${subject} · lane of ${change.owner} · transition ${nonce + 1} · until ${dayInShanghai(deadline)}${after}`,
    digest: typedDigest(separator, struct),
    typedData: typed(at.chainId, at.statusRegistry, "StatusChange", CHANGE, { owner, subject, status, successor, nonce, deadline }),
    call: { chainId: at.chainId, to: at.statusRegistry, function: CHANGE_CALL, arguments: given, data: encodeCall(CHANGE_CALL, given) },
    id: null,
    document,
  };
}

function exactCall(prepared: Prepared, at: Deployment): Exact {
  const given = prepared.transaction;
  if (!given || given.chainId !== at.chainId) throw new Disagreement("transaction");
  if (!prepared.document) throw new Disagreement("document");
  const act = actOf(prepared.document);
  if (given.to !== at.trustRegistry || given.function !== act.function || given.arguments.join() !== act.arguments.join()) throw new Disagreement("transaction");
  const data = encodeCall(act.function, act.arguments);
  return { what: "transaction", summary: act.summary, digest: null, typedData: null, call: { ...given, data }, id: null, document: prepared.document };
}

/** Derive what a prepared document means, and see that the server derived the same. Raises Disagreement, Malformed. */
export function exactly(prepared: Prepared, at: Deployment): Exact {
  const document = prepared.document ?? {};
  const own = prepared.what === "statement" ? exactStatement(document, prepared.issuedAt ?? 0, at)
    : prepared.what === "statusChange" ? exactChange(document, at) : exactCall(prepared, at);
  if (own.summary !== prepared.summary) throw new Disagreement("summary");
  if (own.digest && toHex(own.digest) !== prepared.digest) throw new Disagreement("digest");
  if (own.typedData && canonicalize(own.typedData) !== canonicalize(prepared.typedData as any)) throw new Disagreement("typedData");
  if (own.id !== null && own.id !== prepared.id) throw new Disagreement("id");
  if (own.call && own.call.data !== prepared.transaction?.data) throw new Disagreement("transaction");
  return own;
}

/** Whether two prepared documents ask for the same thing, at whatever time. */
export const sameWish = (one: Prepared, other: Prepared): boolean =>
  one.what === other.what && canonicalize(wish(one)) === canonicalize(wish(other));

function wish(prepared: Prepared): any {
  if (prepared.what === "transaction") return { ...prepared.transaction };
  const change = prepared.document?.statusChange;
  // The lane may have grown and the clock gone on since; who, what and which status may not change.
  return change ? { ...change, nonce: 0, deadline: 0 } : prepared.document ?? {};
}

/** The statement with its signature, as submitted. */
export const signedStatement = (exact: Exact, prepared: Prepared, signer: string, signature: string) =>
  ({ ...exact.document, issuedAt: prepared.issuedAt, signer, signature });

/** For people: the body as indented text. */
export const shown = (document: unknown): string => JSON.stringify(document, null, 2);

export const bytesOf = utf8;
