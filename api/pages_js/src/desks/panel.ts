/** The panel where one prepared document is looked at, signed and handed in: `[data-signing]` (templates/desks/signing.html). */
import { parse } from "../canonical.js";
import { accountOf, doneText, type Receipt, sendItself, signAndSubmit, troubleText } from "./acting.js";
import { drop } from "./drafts.js";
import { type Deployment, type Prepared, exactly, shown } from "./exact.js";
import { el, kept, t } from "./text.js";
import { type Mined, type Provider, WalletError, finality, wallets } from "./wallet.js";

/** A link that saves text as a file. */
export function saving(name: string, text: string, label: string, type = "application/json"): HTMLElement {
  const link = el("a", { class: "button", download: name, href: URL.createObjectURL(new Blob([text], { type })) }, label);
  return link;
}

/** Let the person choose where there are several wallets. Raises WalletError. */
export async function chosen(select: HTMLSelectElement | null): Promise<Provider> {
  const found = await wallets();
  if (!found.length) throw new WalletError("none");
  return (found[select && !select.hidden ? select.selectedIndex : 0] ?? found[0]).provider;
}

export async function offerWallets(select: HTMLSelectElement | null): Promise<boolean> {
  const found = await wallets();
  if (select && found.length > 1) {
    select.replaceChildren(...found.map((one) => el("option", {}, one.name)));
    select.hidden = false;
  }
  return found.length > 0;
}

/** What the page was given for its script. */
export const given = <T>(text: string | undefined): T => parse(text ?? "null") as T;

function say(place: Element | null, text: string, state: "busy" | "good" | "bad"): void {
  if (!(place instanceof HTMLElement)) return;
  place.hidden = false;
  place.dataset.state = state;
  place.textContent = text;
}

function finished(panel: HTMLElement, prepared: Prepared, receipt: Receipt): void {
  const name = prepared.what === "statement" ? `receipt-${String(receipt.id).slice(2, 14)}.json` : prepared.what === "transaction" ? "transaction.json" : "status-change.json";
  const links: Node[] = [saving(name, JSON.stringify(receipt), t("保存回执", "Save the receipt"))];
  if (receipt.index !== undefined) links.push(el("a", { class: "button quiet", href: kept(`/explorer/${receipt.index}`) }, t("在日志里看", "See it in the log")));
  const place = panel.querySelector("[data-result]");
  if (place instanceof HTMLElement) {
    place.replaceChildren(el("h2", {}, t("已完成", "Done")), el("p", {}, doneText(receipt)), el("p", { class: "actions" }, ...links));
    place.hidden = false;
    place.tabIndex = -1;
    place.focus();
  }
  panel.querySelectorAll("[data-open]").forEach((one) => one.remove());
  if (panel.dataset.draft) void drop("drafts", [panel.dataset.draft]);
}

const FINAL_POLL = 4000; // milliseconds
const PATIENCE = 300; // times: twenty minutes

/** Tell how far a transaction has come, for as long as the page is open. */
async function watch(place: HTMLElement, provider: Provider, receipt: Receipt): Promise<void> {
  const line = el("p", { role: "status" });
  place.append(line);
  for (let turn = 0; turn < PATIENCE; turn += 1) {
    const found = await finality(provider, receipt as Mined);
    line.dataset.state = found ?? "";
    if (found === "final") line.textContent = t("已最终确认，不会再改变。", "Final: it will not change any more.");
    if (found === "waiting") line.textContent = t("等待最终确认（以太坊主网约 15 分钟）。可以离开本页。", "Waiting to be final (some 15 minutes on Ethereum). You may leave this page.");
    if (found === "gone") line.textContent = t("链重组了，这笔交易暂时不在链上：请在钱包里查看。", "The chain was reorganised and the transaction is not in it now: look in your wallet.");
    if (found === "final" || found === null) return;
    await new Promise((done) => setTimeout(done, FINAL_POLL));
  }
}

/** Bring a panel to life. */
export function panel(place: HTMLElement): void {
  const prepared = given<Prepared>(place.dataset.prepared), at = given<Deployment>(place.dataset.deployment);
  const draft = new URLSearchParams(location.hash.slice(1)).get("draft");
  if (draft) place.dataset.draft = draft;
  const own = place.querySelector("[data-own]"), progress = place.querySelector("[data-progress]");
  try {
    const exact = exactly(prepared, at);
    const line = place.querySelector("[data-exact=summary]"), body = place.querySelector("[data-exact=body]");
    if (line?.textContent?.trim() !== exact.summary) throw new Error("summary");
    if (body && exact.what !== "transaction") body.textContent = shown(exact.document.body ?? exact.document.statusChange);
    say(own, t("本浏览器自行推导了这段文字和摘要值，与服务器给出的一致。", "This browser derived the text and its digest itself; they are the server's."), "good");
  } catch (error) {
    say(own, troubleText(error), "bad");
    return; // nothing is signed that this page cannot derive itself
  }
  const tools = place.querySelector("[data-wallet]"), select = place.querySelector<HTMLSelectElement>("[data-wallets]");
  if (!(tools instanceof HTMLElement)) return;
  tools.hidden = false;
  void offerWallets(select);
  for (const button of tools.querySelectorAll<HTMLButtonElement>("button[data-do]")) {
    button.addEventListener("click", () => void act(button.dataset.do === "send" ? sendItself : signAndSubmit));
  }

  async function act(work: typeof signAndSubmit): Promise<void> {
    const buttons = tools!.querySelectorAll<HTMLButtonElement>("button");
    buttons.forEach((one) => (one.disabled = true));
    say(progress, t("请在钱包里查看并确认……", "Look at it in the wallet and confirm…"), "busy");
    try {
      const provider = await chosen(select);
      const receipt = await work(provider, await accountOf(provider, at), prepared, at);
      finished(place, prepared, receipt);
      const result = place.querySelector<HTMLElement>("[data-result]");
      if (receipt.blockHash !== undefined && result) void watch(result, provider, receipt);
      if (progress instanceof HTMLElement) progress.hidden = true;
    } catch (error) {
      say(progress, troubleText(error), "bad");
    } finally {
      buttons.forEach((one) => (one.disabled = false));
    }
  }
}
