/** The reader's own wallet: found by EIP-6963 or `window.ethereum`, spoken to by EIP-1193. No key ever comes here. */
import { concat, fromHex, toHex, utf8 } from "../bytes.js";
import { checkSignature, keccak, parseAddress, recover, toChecksum } from "../crypto.js";
import type { Call } from "./abi.js";

export interface Provider {
  request(asked: { method: string; params?: unknown[] | object }): Promise<unknown>;
}

export interface Found {
  name: string;
  provider: Provider;
}

/** Why a wallet did not do what it was asked. `refused`: the person said no. */
export type WalletTrouble = "none" | "refused" | "busy" | "chain" | "unknown-chain" | "no-account" | "other-key" | "unsupported" | "failed";

export class WalletError extends Error {
  constructor(readonly trouble: WalletTrouble, readonly detail = "") {
    super(detail || trouble);
  }
}

const ANNOUNCED: Found[] = [];
const SETTLE = 120; // milliseconds that wallets have to announce themselves
const POLL = 1500;

/** Ask wallets to say who they are. */
export function listen(): void {
  addEventListener("eip6963:announceProvider", (event) => {
    const { info, provider } = (event as CustomEvent<{ info?: { name?: unknown }; provider?: Provider }>).detail ?? {};
    if (!provider || typeof provider.request !== "function" || ANNOUNCED.some((one) => one.provider === provider)) return;
    ANNOUNCED.push({ name: typeof info?.name === "string" ? info.name.slice(0, 40) : "wallet", provider });
  });
  dispatchEvent(new Event("eip6963:requestProvider"));
}

/** The wallets there are. */
export async function wallets(): Promise<Found[]> {
  if (!ANNOUNCED.length) await new Promise((done) => setTimeout(done, SETTLE));
  const injected = (globalThis as { ethereum?: Provider }).ethereum;
  if (injected && typeof injected.request === "function" && !ANNOUNCED.some((one) => one.provider === injected)) {
    return [...ANNOUNCED, { name: "window.ethereum", provider: injected }];
  }
  return [...ANNOUNCED];
}

/** EIP-1193 errors by their numbers (EIP-1193, EIP-3085). */
function troubleOf(error: unknown): WalletError {
  if (error instanceof WalletError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const detail = typeof message === "string" ? message.slice(0, 200) : "";
  if (code === 4001) return new WalletError("refused", detail);
  if (code === -32002) return new WalletError("busy", detail);
  if (code === 4902) return new WalletError("unknown-chain", detail);
  if (code === 4200 || code === -32601) return new WalletError("unsupported", detail);
  return new WalletError("failed", detail);
}

async function ask(provider: Provider, method: string, params?: unknown[]): Promise<unknown> {
  try {
    return await provider.request(params ? { method, params } : { method });
  } catch (error) {
    throw troubleOf(error);
  }
}

/** The account the person chose, lower-case hex. Raises WalletError. */
export async function connect(provider: Provider): Promise<string> {
  const accounts = await ask(provider, "eth_requestAccounts");
  const first = Array.isArray(accounts) ? accounts[0] : undefined;
  if (typeof first !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(first)) throw new WalletError("no-account");
  return first.toLowerCase();
}

/** See that the wallet is on the deployment's chain, or ask it to go there. Raises WalletError. */
export async function onChain(provider: Provider, chainId: number): Promise<void> {
  const wanted = "0x" + chainId.toString(16);
  if (Number(await ask(provider, "eth_chainId")) === chainId) return;
  await ask(provider, "wallet_switchEthereumChain", [{ chainId: wanted }]);
  if (Number(await ask(provider, "eth_chainId")) !== chainId) throw new WalletError("chain", wanted);
}

/** A signature in its one form: 65 bytes, v 27 or 28, by this account over this digest. Raises WalletError. */
export function checked(signature: unknown, digest: Uint8Array, account: string): string {
  if (typeof signature !== "string" || !/^0x[0-9a-fA-F]{130}$/.test(signature)) throw new WalletError("failed", "signature");
  const raw = fromHex(signature.toLowerCase());
  if (raw[64] < 27) raw[64] += 27; // some devices count from 0
  try {
    if (recover(digest, checkSignature(raw, "/signature")) !== account) throw new WalletError("other-key");
  } catch (error) {
    throw error instanceof WalletError ? error : new WalletError("other-key", String(error));
  }
  return toHex(raw);
}

/** Have typed data signed. Raises WalletError. */
export async function sign(provider: Provider, account: string, typedData: object, digest: Uint8Array): Promise<string> {
  const signature = await ask(provider, "eth_signTypedData_v4", [account, JSON.stringify(typedData)]);
  return checked(signature, digest, account);
}

/** Have a text signed (`personal_sign`, EIP-191). hex: its UTF-8 bytes. Raises WalletError. */
export async function signText(provider: Provider, account: string, hex: string, text: string): Promise<string> {
  const signature = await ask(provider, "personal_sign", [hex, account]);
  const bytes = fromHex(hex);
  const head = utf8(`\x19Ethereum Signed Message:\n${bytes.length}`);
  if (toHex(bytes) !== toHex(utf8(text))) throw new WalletError("failed", "text");
  return checked(signature, keccak(concat(head, bytes)), account);
}

/** A mined transaction: where, and which block that was. */
export interface Mined {
  [member: string]: unknown;
  transaction: string;
  block: number;
  blockHash: string;
}

async function receiptOf(provider: Provider, hash: string): Promise<{ status?: string; blockNumber?: string; blockHash?: string } | null> {
  return (await ask(provider, "eth_getTransactionReceipt", [hash])) as { status?: string; blockNumber?: string; blockHash?: string } | null;
}

/** Send a call and wait until it is mined. Raises WalletError. */
export async function send(provider: Provider, account: string, call: Call): Promise<Mined> {
  const hash = await ask(provider, "eth_sendTransaction", [{ from: account, to: call.to, data: call.data, value: "0x0" }]);
  if (typeof hash !== "string") throw new WalletError("failed", "transaction");
  for (;;) {
    const receipt = await receiptOf(provider, hash);
    if (receipt) {
      if (Number(receipt.status) !== 1) throw new WalletError("failed", hash);
      return { transaction: hash, block: Number(receipt.blockNumber), blockHash: String(receipt.blockHash) };
    }
    await new Promise((done) => setTimeout(done, POLL));
  }
}

/** Whether a mined transaction is final: `final`, not yet, or `gone` from the chain. null: this wallet cannot tell. Never raises. */
export async function finality(provider: Provider, mined: Mined): Promise<"final" | "waiting" | "gone" | null> {
  try {
    const newest = (await ask(provider, "eth_getBlockByNumber", ["finalized", false])) as { number?: string } | null;
    const receipt = await receiptOf(provider, mined.transaction);
    if (!receipt || receipt.blockHash !== mined.blockHash) return "gone";
    if (!newest?.number) return null;
    return Number(newest.number) >= mined.block ? "final" : "waiting";
  } catch {
    return null;
  }
}

/** EIP-55 spelling. */
export const spelled = (account: string): string => toChecksum(account);
export { parseAddress };
