/** Documents that wait for a signature, signed one after the other: `[data-queue]`; filled from `[data-queueing]` after an upload. */
import { canonicalize } from "../canonical.js";
import { accountOf, doneText, signAndSubmit, troubleText } from "./acting.js";
import { type Queued, all, drop, keep } from "./drafts.js";
import { type Deployment, type Prepared } from "./exact.js";
import { chosen, given, offerWallets, saving } from "./panel.js";
import { el, t } from "./text.js";
import { WalletError } from "./wallet.js";

/** What an upload gave: each document with its summary. */
interface Offered {
  document: { [member: string]: any };
  summary: string;
  id: string;
}

/** Put an upload's documents into the queue, on a button: the same document a second time is the same entry. */
export function queueing(place: HTMLElement): void {
  const button = place.querySelector<HTMLButtonElement>("button[data-do=queue]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => void (async () => {
    const offered = given<Offered[]>(place.dataset.queueing), party = place.dataset.party ?? "";
    const known = new Set((await all<Queued>("queue", party)).filter((one) => one.state === "done").map((one) => one.id));
    const order = Date.now();
    await keep("queue", offered.filter((one) => !known.has(one.id)).map((one, i): Queued => (
      { id: one.id, party, document: one.document, summary: one.summary, state: "waiting", said: "", receipt: null, order: order + i })));
    location.assign(place.dataset.then ?? location.pathname);
  })());
}

function row(item: Queued): HTMLElement {
  const words = { waiting: t("待签", "Waiting"), done: t("已入日志", "Logged"), failed: t("未成", "Not taken") };
  return el("li", { "data-state": item.state, "data-id": item.id },
    el("div", {}, el("p", {}, item.summary), el("p", { class: "meta" }, item.said)),
    el("span", { class: `mark t-${{ waiting: "pending", done: "active", failed: "withdrawn" }[item.state]}` }, words[item.state]));
}

/** The queue of a party. */
export async function queue(place: HTMLElement): Promise<void> {
  const party = place.dataset.queue ?? "", at = given<Deployment>(place.dataset.deployment);
  const list = place.querySelector("ul"), tools = place.querySelector<HTMLElement>("[data-wallet]"), none = place.querySelector<HTMLElement>("[data-none]");
  const select = place.querySelector<HTMLSelectElement>("[data-wallets]"), progress = place.querySelector<HTMLElement>("[data-progress]");
  const found = (await all<Queued>("queue", party).catch(() => [])).sort((a, b) => a.order - b.order);
  const waiting = found.filter((one) => one.state !== "done");
  if (none) none.hidden = found.length > 0;
  if (tools) tools.hidden = found.length === 0;
  list?.replaceChildren(...found.map(row));
  place.hidden = false;
  void offerWallets(select);
  const say = (text: string, state: string) => {
    if (!progress) return;
    progress.hidden = false;
    progress.dataset.state = state;
    progress.textContent = text;
  };
  const bundle = place.querySelector("[data-bundle]");
  bundle?.replaceChildren(...(waiting.length
    ? [saving("drafts.ndjson", waiting.map((one) => canonicalize(one.document) + "\n").join(""), t(`下载全部待签（${waiting.length}）`, `Download all (${waiting.length})`), "application/x-ndjson")]
    : []));
  const done = found.filter((one) => one.state === "done");
  if (done.length) bundle?.append(saving("receipts.ndjson", done.map((one) => JSON.stringify(one.receipt) + "\n").join(""), t(`保存全部回执（${done.length}）`, `Save all receipts (${done.length})`), "application/x-ndjson"));
  const act = (name: string, work: () => Promise<void>) => {
    const button = place.querySelector<HTMLButtonElement>(`button[data-do=${name}]`);
    if (!button) return;
    button.disabled = name === "sign" && !waiting.length;
    button.onclick = () => {
      button.disabled = true;
      void work().catch((error) => say(troubleText(error), "bad")).finally(() => void queue(place));
    };
  };
  act("clear", () => drop("queue", done.map((one) => one.id)));
  act("empty", () => drop("queue", found.map((one) => one.id)));
  act("sign", () => signAll(waiting, at, select, say));
}

/** One wallet prompt each. A refusal by the log is noted and the next one comes; a refusal in the wallet stops. */
async function signAll(waiting: Queued[], at: Deployment, select: HTMLSelectElement | null, say: (text: string, state: string) => void): Promise<void> {
  const provider = await chosen(select);
  const account = await accountOf(provider, at);
  let taken = 0;
  for (const [position, item] of waiting.entries()) {
    say(t(`第 ${position + 1} / ${waiting.length} 份：请在钱包里确认……`, `${position + 1} of ${waiting.length}: confirm in the wallet…`), "busy");
    try {
      const wanted: Prepared = { what: "statement", document: item.document, summary: item.summary };
      const receipt = await signAndSubmit(provider, account, wanted, at);
      await keep("queue", [{ ...item, state: "done", said: doneText(receipt), receipt }]);
      taken += 1;
    } catch (error) {
      if (error instanceof WalletError || error instanceof TypeError) throw error;
      await keep("queue", [{ ...item, state: "failed", said: troubleText(error) }]);
    }
  }
  say(t(`${taken} 份已入日志，${waiting.length - taken} 份未成。`, `${taken} logged, ${waiting.length - taken} not taken.`), taken === waiting.length ? "good" : "bad");
}
