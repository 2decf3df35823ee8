/** Endpoints of the user's own choice (part 9): which hash they agree on for a block. What one says is a claim; this many must say the same. */

export interface Endpoint {
  operator: string;
  url: string;
}

export interface Saying {
  operator: string;
  hash: string | null;
  problem: string;
}

export interface Agreement {
  hash: string | null;
  operators: string[];
  sayings: Saying[];
  /** stable name of what is wrong, or "" */
  problem: string;
}

const SECONDS = 20, MOST_CHARACTERS = 1 << 20;
const ANONYMOUS: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
const LOOPBACK = /^(?:127\.0\.0\.1|localhost)$/; // a node of one's own, on this very device
const SHARED_SECOND_LEVEL = /^(?:ac|com?|edu|go[bv]?|mil|net?|nom|org?)$/;
const PROVINCE = /^(?:ah|bj|cq|fj|gd|gs|gx|gz|ha|hb|he|hi|hk|hl|hn|jl|js|jx|ln|mo|nm|nx|qh|sc|sd|sh|sn|sx|tj|tw|xj|xz|yn|zj)$/;
const NAMED = /^([^\s=/:?#]{1,64})=(.*)$/u;
const MOST_ENDPOINTS = 32;

/** The part of a host's name that one owner registers: two labels, three below shared second levels; an address is itself. */
export function operatorOf(host: string): string {
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  if (/^[0-9.]+$|:/.test(host)) return host;
  const [second, top] = labels.slice(-2);
  const shared = top.length === 2 && (SHARED_SECOND_LEVEL.test(second) || (top === "cn" && PROVINCE.test(second)));
  return labels.slice(labels.length > 2 && shared ? -3 : -2).join(".");
}

/** `NAME=URL` or a URL, one a line. Raises RangeError with a stable name where part 9 refuses them. */
export function parseEndpoints(text: string): Endpoint[] {
  const endpoints = text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const named = NAMED.exec(line);
    const url = URL.parse(named ? named[2].trim() : line);
    const encrypted = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
    if (!url || !encrypted || url.username || url.password) throw new RangeError("endpoint-address");
    return { operator: (named ? named[1] : operatorOf(url.hostname)).normalize("NFKC").toLowerCase(), url: url.href };
  });
  if (endpoints.length < 1 || endpoints.length > MOST_ENDPOINTS) throw new RangeError("endpoint-none");
  const distinct = (values: string[]) => new Set(values).size === values.length;
  if (!distinct(endpoints.map(({ operator }) => operator))) throw new RangeError("endpoint-operator-twice");
  if (!distinct(endpoints.map(({ url }) => new URL(url).host))) throw new RangeError("endpoint-address-twice");
  return endpoints;
}

interface Call {
  method: string;
  params: unknown[];
}

/** An endpoint that did not answer in a way a page can use: a stable name. */
class Unusable extends Error {}

/** Whether anything at all answers there: then it was the browser that withheld the answer, since the endpoint does not let pages read it (CORS). */
async function isThere(url: string): Promise<boolean> {
  try {
    await fetch(new URL(url).origin, { ...ANONYMOUS, mode: "no-cors", signal: AbortSignal.timeout(SECONDS * 1000) });
    return true;
  } catch {
    return false;
  }
}

async function post(url: string, body: string): Promise<Response> {
  try {
    const headers = { "Content-Type": "application/json" };
    return await fetch(url, { ...ANONYMOUS, method: "POST", body, headers, redirect: "error", signal: AbortSignal.timeout(SECONDS * 1000) });
  } catch (error) {
    if ((error as Error).name === "TimeoutError") throw new Unusable("no-answer");
    throw new Unusable((await isThere(url)) ? "closed-to-pages" : "no-answer");
  }
}

/** The result of one call; null where the endpoint refuses it. One at a time: many public endpoints take no batches. Raises Unusable. */
async function call(url: string, one: Call): Promise<any> {
  const answer = await post(url, JSON.stringify({ jsonrpc: "2.0", id: 1, ...one }));
  const text = await answer.text().catch(() => "");
  if (text.length > MOST_CHARACTERS) throw new Unusable("no-json-rpc");
  try {
    const { id, result, error } = JSON.parse(text);
    if (id === 1 && (result !== undefined || error)) return result ?? null;
  } catch {
    // no JSON: told below, with the status where that says more
  }
  throw new Unusable(answer.ok ? "no-json-rpc" : "turned-away");
}

const quantity = (value: unknown) => (typeof value === "string" && /^0x[0-9a-fA-F]{1,13}$/.test(value) ? Number(value) : null);
const tagged = (value: string | number) => ({ method: "eth_getBlockByNumber", params: [typeof value === "number" ? `0x${value.toString(16)}` : value, false] });

/** What one endpoint says of the block at a height that it holds to be final. */
async function ask({ operator, url }: Endpoint, chainId: number, height: number, depth: number): Promise<Saying> {
  const nothing = (problem: string) => ({ operator, hash: null, problem });
  try {
    const calls = [{ method: "eth_chainId", params: [] }, tagged("finalized"), tagged("latest"), tagged(height)];
    const [chain, final, latest, block] = await Promise.all(calls.map((one) => call(url, one)));
    if (quantity(chain) !== chainId) return nothing("another-chain");
    const reached = quantity(final?.number) ?? (quantity(latest?.number) ?? -1) - depth;
    if (reached < height) return nothing("not-final-yet");
    const hash = quantity(block?.number) === height && typeof block.hash === "string" && /^0x[0-9a-f]{64}$/.test(block.hash) ? block.hash : null;
    return hash ? { operator, hash, problem: "" } : nothing("no-block");
  } catch (error) {
    return nothing(error instanceof Unusable ? error.message : "no-answer");
  }
}

/** The block at this height that `quorum` endpoints call final and name alike: for a pack made earlier. */
export async function agreeOnHeight(endpoints: Endpoint[], chainId: number, height: number, quorum: number, depth = 64): Promise<Agreement> {
  const sayings = await Promise.all(endpoints.map((endpoint) => ask(endpoint, chainId, height, depth)));
  const voices = new Map<string, string[]>();
  for (const { operator, hash } of sayings) if (hash) voices.set(hash, [...(voices.get(hash) ?? []), operator]);
  const enough = [...voices].filter(([, operators]) => operators.length >= quorum);
  if (enough.length !== 1) return { hash: null, operators: [], sayings, problem: enough.length ? "they-disagree" : "no-quorum" };
  const [[hash, operators]] = enough;
  return { hash, operators, sayings, problem: "" };
}

export const majority = (endpoints: number) => Math.floor(endpoints / 2) + 1;
