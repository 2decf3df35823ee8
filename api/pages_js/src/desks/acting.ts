/** One document from its draft to its receipt: prepared by the server, derived again here, signed by the wallet, handed in. */
import { parse } from "../canonical.js";
import { Malformed } from "../errors.js";
import { type Deployment, Disagreement, type Exact, type Prepared, exactly, sameWish, signedStatement } from "./exact.js";
import { moment, purposeName, t, walletTrouble } from "./text.js";
import { type Provider, WalletError, connect, onChain, send, sign, spelled } from "./wallet.js";

/** A problem document (RFC 9457) that the service answered with. */
export class Refused extends Error {
  constructor(readonly problem: { [member: string]: any }) {
    super(String(problem.detail ?? problem.title ?? ""));
  }
}

export interface Receipt {
  [member: string]: any;
}

const JSON_TYPE = "application/json";

/** Post JSON and read JSON of the strict profile. Raises Refused, TypeError (no network). */
export async function post(path: string, document: unknown): Promise<any> {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": JSON_TYPE, Accept: JSON_TYPE }, body: JSON.stringify(document), credentials: "omit" });
  return read(answer);
}

export async function get(path: string): Promise<any> {
  return read(await fetch(path, { headers: { Accept: JSON_TYPE }, credentials: "omit" }));
}

async function read(answer: Response): Promise<any> {
  const text = await answer.text();
  if (answer.ok) return parse(text);
  try {
    throw new Refused(JSON.parse(text));
  } catch (error) {
    throw error instanceof Refused ? error : new Refused({ title: `${answer.status} ${answer.statusText}` });
  }
}

/** Prepare again, as of now: the same wish, derived here as well. Raises Disagreement, Malformed, Refused. */
export async function prepareNow(shown: Prepared, at: Deployment): Promise<{ prepared: Prepared; exact: Exact }> {
  if (shown.what === "transaction") return { prepared: shown, exact: exactly(shown, at) };
  const document = shown.document?.statusChange ? { v: 1, statusChange: timeless(shown.document.statusChange) } : shown.document;
  const prepared: Prepared = await post("/desk/prepare", document);
  if (!sameWish(shown, prepared)) throw new Disagreement("document");
  const exact = exactly(prepared, at);
  if (exact.what === "statement" && exact.summary !== shown.summary) throw new Disagreement("summary");
  return { prepared: { ...prepared, reason: shown.reason }, exact };
}

function timeless(change: { [member: string]: any }): { [member: string]: any } {
  const { nonce: _nonce, deadline: _deadline, ...rest } = change;
  return rest;
}

/** Whose key an account is, as the registry says. Raises Refused where it may not sign this. */
async function requireEntitled(account: string, prepared: Prepared): Promise<void> {
  const change = prepared.document?.statusChange;
  // Of the regulators' lane and acts any regulator's key is good, whosever it is.
  const isRegulators = prepared.purpose === "regulator" || change?.owner === "regulators";
  const party = isRegulators ? t("监管部门", "the regulator") : change ? change.owner : prepared.document?.issuer;
  if (party === undefined) return;
  const purpose = isRegulators ? "regulator" : change ? "status" : prepared.document?.kind;
  const key = await get(`/desk/keys/${spelled(account)}${isRegulators ? "" : `?party=${encodeURIComponent(party)}`}`);
  const why = whyNot(key, party, purpose, isRegulators);
  if (why) throw new Refused({ code: "desk.key", detail: t(`账户 ${spelled(account)} 不能签这份文件：${why}。`, `${spelled(account)} may not sign this: ${why}.`) });
}

/** Why a key may not sign for a party; null where it may. */
function whyNot(key: { [member: string]: any }, party: string, purpose: string, isRegulators: boolean): string | null {
  if (!key.registered) return t("它没有登记", "it is not registered");
  if (!isRegulators && !key.ofParty) return t(`它登记在 ${key.party ?? "别的主体"} 名下，不是 ${party}`, `it is registered to ${key.party ?? "another party"}, not to ${party}`);
  if (!key.inForce) return t("它的登记不在有效期内，或已报失窃", "its registration is not in force, or it was reported stolen");
  if (key.purposes.includes(purpose)) return null;
  const held = key.purposes.map(purposeName).join(t("、", ", ")) || t("无", "nothing");
  return t(`它登记的用途是「${held}」，这里需要「${purposeName(purpose)}」`, `it is registered for ${held}, and ${purposeName(purpose)} is due`);
}

/** An account of the wallet, on the deployment's chain. Raises WalletError. */
export async function accountOf(provider: Provider, at: Deployment): Promise<string> {
  const account = await connect(provider);
  await onChain(provider, at.chainId);
  return account;
}

/** Sign what is shown and hand it in; the receipt. Raises WalletError, Disagreement, Malformed, Refused, TypeError. */
export async function signAndSubmit(provider: Provider, account: string, shown: Prepared, at: Deployment): Promise<Receipt> {
  const { prepared, exact } = await prepareNow(shown, at);
  if (exact.typedData === null || exact.digest === null) return sendItself(provider, account, shown, at);
  await requireEntitled(account, prepared);
  const signature = await sign(provider, account, exact.typedData, exact.digest);
  if (exact.what === "statement") return post("/v1/statements", signedStatement(exact, prepared, spelled(account), signature));
  const reason = prepared.reason ? { reason: prepared.reason } : {};
  return post("/v1/status-changes", { ...exact.document, signature, ...reason });
}

/** Send what is shown as a transaction of the wallet's own account. Raises as `signAndSubmit`. */
export async function sendItself(provider: Provider, account: string, shown: Prepared, at: Deployment): Promise<Receipt> {
  const { prepared, exact } = await prepareNow(shown, at);
  await requireEntitled(account, prepared);
  return sendIt(provider, account, prepared, exact);
}

async function sendIt(provider: Provider, account: string, prepared: Prepared, exact: Exact): Promise<Receipt> {
  if (!exact.call) throw new Disagreement("transaction");
  const mined = await send(provider, account, exact.call);
  // What goes with it (a party's profile) is vouched for by the chain, so it is handed in once it is there.
  if (!prepared.after) return mined;
  try {
    await post(prepared.after.path, prepared.after.document);
    return mined;
  } catch (error) {
    return { ...mined, trouble: t(`交易已上链，但随附的档案没有登记：${troubleText(error)}`, `The transaction is on the chain, but the profile that goes with it was not taken: ${troubleText(error)}`) };
  }
}

/** What went wrong, for people. */
export function troubleText(error: unknown): string {
  if (error instanceof WalletError) return walletTrouble(error.trouble, error.detail);
  if (error instanceof Disagreement) {
    return t(
      `服务器准备的内容与本页所示不符（${error.member}）。没有签名。请不要继续，并告知运营者。`,
      `What the server prepared is not what this page shows (${error.member}). Nothing was signed. Do not go on, and tell the operator.`,
    );
  }
  if (error instanceof Malformed) return t(`内容不合格式：${error.place} ${error.rule}`, `Not of its form: ${error.place} ${error.rule}`);
  if (error instanceof Refused) return refusalText(error.problem);
  if (error instanceof TypeError) return t("网络不通，什么都没有提交。恢复后再试一次。", "No network; nothing was submitted. Try again once it is back.");
  return String(error);
}

function refusalText(problem: { [member: string]: any }): string {
  const where = [problem.field, problem.rule].filter(Boolean).join(" ");
  const wait = problem.retryAfter ? t(`；${problem.retryAfter} 秒后可再试`, `; try again in ${problem.retryAfter} s`) : "";
  return `${problem.code === "desk.key" ? "" : t("没有被接受：", "Not taken: ")}${problem.detail ?? problem.title}${where && !String(problem.detail).includes(where) ? ` (${where})` : ""}${wait}`;
}

/** What became of it, for people. */
export function doneText(receipt: Receipt): string {
  if (receipt.anchorBy !== undefined) {
    return t(`已收入日志，序号 ${receipt.index}；最迟 ${moment(receipt.anchorBy)} 上链。`, `Logged at ${receipt.index}; anchored on chain by ${moment(receipt.anchorBy)} (UTC+8).`);
  }
  if (receipt.position !== undefined) {
    return receipt.isNew ? t(`已写入链上，区块 ${receipt.block}。`, `On the chain, in block ${receipt.block}.`) : t("链上已有同样的变更。", "The chain has this very change already.");
  }
  return t(`已由您的账户写入链上，区块 ${receipt.block}，交易 ${receipt.transaction}。`, `Written by your account in block ${receipt.block}, transaction ${receipt.transaction}.`) + (receipt.trouble ?? "");
}
