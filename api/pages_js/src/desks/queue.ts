/** Documents that wait for a signature, signed one after the other: `[data-queue]`; filled from `form[data-queueing]` after an upload. */
import { canonicalize, parse } from "../canonical.js";
import { Malformed } from "../errors.js";
import { Refused, accountOf, doneText, signAndSubmit, troubleText } from "./acting.js";
import { type Queued, all, drop, keep } from "./drafts.js";
import { type Deployment, type Prepared } from "./exact.js";
import { chosen, given, offerWallets, saving } from "./panel.js";
import { el, t } from "./text.js";
import { type Provider } from "./wallet.js";

/** What an upload gave, in the order of the form's drafts (one a line). */
interface Offered {
  summary: string;
  id: string;
}

const ORDER = { waiting: 0, failed: 1, done: 2 };

/** Put an upload's documents into the queue, on a button: the same document a second time is the same entry. */
export function queueing(place: HTMLElement): void {
  const button = place.querySelector<HTMLButtonElement>("button[data-do=queue]"), said = place.querySelector<HTMLElement>("[data-progress]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => void (async () => {
    const offered = given<Offered[]>(place.dataset.queueing), party = place.dataset.party ?? "";
    const lines = (place.querySelector("textarea")?.value ?? "").split("\n").filter((line) => line.trim());
    const known = new Map((await all<Queued>("queue", party)).map((one) => [one.id, one.state]));
    const order = Date.now();
    await keep("queue", offered.flatMap((one, i): Queued[] => known.get(one.id) === "done" ? []
      : [{ id: one.id, party, document: parse(lines[i]) as Queued["document"], summary: one.summary, state: "waiting", said: "", receipt: null, order: order + i }]));
    location.assign(place.dataset.then ?? location.pathname);
  })().catch((error) => {
    if (said) [said.hidden, said.dataset.state, said.textContent] = [false, "bad", t("本浏览器不让保存队列，请下载待签文件。", "This browser keeps no queue: download the drafts.") + ` (${String(error)})`];
  }));
}

/** The line of a footprint that was signed in this browser, beside its id: the server shows ids alone. `[data-statements]` holds `[data-statement]`s. */
export async function naming(place: HTMLElement): Promise<void> {
  const known = new Map((await all<Queued>("queue", place.dataset.statements ?? "").catch(() => [])).map((one) => [one.id, one.summary]));
  for (const line of place.querySelectorAll<HTMLElement>("[data-statement]")) {
    const summary = known.get(line.dataset.statement ?? "");
    if (summary) [line.hidden, line.textContent] = [false, summary];
  }
}

function row(item: Queued, remove: () => void): HTMLElement {
  const words = { waiting: t("待签", "Waiting"), done: t("已入日志", "Logged"), failed: t("未成", "Not taken") };
  const button = el("button", { type: "button", class: "quiet", "aria-label": t(`移出：${item.summary}`, `Remove: ${item.summary}`) }, t("移出", "Remove"));
  button.addEventListener("click", remove);
  return el("li", { "data-state": item.state, "data-id": item.id },
    el("div", {}, el("p", { lang: "en" }, item.summary), el("p", { class: "meta" }, item.said)),
    el("span", { class: "actions" }, el("span", { class: `mark t-${{ waiting: "pending", done: "active", failed: "withdrawn" }[item.state]}` }, words[item.state]), button));
}

/** What is shown beside the list, and whether the person wants to stop. */
interface Run {
  say: (text: string, state: string) => void;
  at: (done: number, of: number) => void;
  isStopped: () => boolean;
}

/** The queue of a party. */
export async function queue(place: HTMLElement): Promise<void> {
  const party = place.dataset.queue ?? "", at = given<Deployment>(place.dataset.deployment);
  const find = <T extends Element>(selector: string) => place.querySelector<T>(selector);
  const tools = find<HTMLElement>("[data-wallet]"), none = find<HTMLElement>("[data-none]"), select = find<HTMLSelectElement>("[data-wallets]");
  const progress = find<HTMLElement>("p[data-progress]"), bar = find<HTMLProgressElement>("[data-bar]"), stop = find<HTMLButtonElement>("button[data-do=stop]");
  const found = (await all<Queued>("queue", party).catch(() => [])).sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.order - b.order);
  const waiting = found.filter((one) => one.state !== "done"), done = found.filter((one) => one.state === "done");
  if (none) none.hidden = found.length > 0;
  if (tools) tools.hidden = found.length === 0;
  find("ul.queued")?.replaceChildren(...found.map((one) => row(one, () => void drop("queue", [one.id]).then(() => queue(place)))));
  place.hidden = false;
  void offerWallets(select);
  let stopped = false;
  const run: Run = {
    say: (text, state) => { if (progress) [progress.hidden, progress.dataset.state, progress.textContent] = [false, state, text]; },
    at: (value, max) => { if (bar) [bar.hidden, bar.max, bar.value] = [false, max, value]; },
    isStopped: () => stopped,
  };
  find("[data-bundle]")?.replaceChildren(
    ...(waiting.length ? [saving("drafts.ndjson", waiting.map((one) => canonicalize(one.document) + "\n").join(""), t(`下载全部待签（${waiting.length}）`, `Download all (${waiting.length})`), "application/x-ndjson")] : []),
    ...(done.length ? [saving("receipts.ndjson", done.map((one) => JSON.stringify(one.receipt) + "\n").join(""), t(`保存全部回执（${done.length}）`, `Save all receipts (${done.length})`), "application/x-ndjson")] : []),
  );
  const buttons = [...place.querySelectorAll<HTMLButtonElement>("button")].filter((one) => one !== stop);
  const act = (name: string, isUseful: boolean, work: () => Promise<void>) => {
    const button = find<HTMLButtonElement>(`button[data-do=${name}]`);
    if (!button) return;
    button.disabled = !isUseful;
    button.onclick = () => {
      buttons.forEach((one) => (one.disabled = true));
      void work().catch((error) => run.say(troubleText(error), "bad")).finally(() => {
        buttons.forEach((one) => (one.disabled = false));
        if (stop) stop.hidden = true;
        void queue(place);
      });
    };
  };
  if (stop) stop.onclick = () => { stopped = true; stop.disabled = true; };
  act("clear", done.length > 0, () => drop("queue", done.map((one) => one.id)));
  act("empty", found.length > 0, async () => {
    if (confirm(t(`清空队列里的 ${found.length} 份？没签的要重新上传。`, `Empty the queue of ${found.length}? What is not signed has to be uploaded again.`))) await drop("queue", found.map((one) => one.id));
  });
  act("sign", waiting.length > 0, async () => {
    if (stop) [stop.hidden, stop.disabled] = [false, false];
    const provider = await chosen(select);
    await signAll(waiting, provider, await accountOf(provider, at), at, run, place);
  });
}

/** Whether what went wrong is about one document alone: then the next one can be signed. An account that may not sign, or a log that asks to wait, is not. */
const isOfOne = (error: unknown) => error instanceof Malformed || (error instanceof Refused && !error.problem.retryAfter && error.problem.code !== "desk.key");

/** One wallet prompt each. What the log refuses is noted and the next one comes; who says no in the wallet, or has no network, stops: nothing is lost. */
async function signAll(waiting: Queued[], provider: Provider, account: string, at: Deployment, run: Run, place: HTMLElement): Promise<void> {
  let taken = 0;
  for (const [position, item] of waiting.entries()) {
    if (run.isStopped()) break;
    run.at(position, waiting.length);
    run.say(t(`第 ${position + 1} / ${waiting.length} 份：请在钱包里确认……`, `${position + 1} of ${waiting.length}: confirm in the wallet…`), "busy");
    let now: Queued;
    try {
      const wanted: Prepared = { what: "statement", document: item.document, summary: item.summary };
      const receipt = await signAndSubmit(provider, account, wanted, at);
      now = { ...item, state: "done", said: doneText(receipt), receipt };
      taken += 1;
    } catch (error) {
      now = { ...item, state: "failed", said: troubleText(error) };
      if (!isOfOne(error)) {
        await keep("queue", [now]);
        throw error;
      }
    }
    await keep("queue", [now]);
    place.querySelector(`li[data-id="${now.id}"]`)?.replaceWith(row(now, () => undefined));
  }
  run.at(taken, waiting.length);
  const left = waiting.length - taken;
  run.say(t(`${taken} 份已入日志，${left} 份还没有。`, `${taken} logged, ${left} not yet.`), left ? "busy" : "good");
}
