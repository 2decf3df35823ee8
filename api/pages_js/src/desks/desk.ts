/** What desks' pages load: panels to sign in, forms that keep themselves, lists of drafts, the queue, and which desk a wallet's key opens. */
import { accountOf, get, troubleText } from "./acting.js";
import { keepForm, listDrafts } from "./forms.js";
import { type Deployment } from "./exact.js";
import { chosen, given, offerWallets, panel } from "./panel.js";
import { guardPins } from "./pins.js";
import { naming, queue, queueing } from "./queue.js";
import { signingIn } from "./session.js";
import { el, kept, roleName, t } from "./text.js";
import { listen, spelled } from "./wallet.js";

const each = (selector: string, work: (place: HTMLElement) => unknown) => document.querySelectorAll<HTMLElement>(selector).forEach((place) => void work(place));

/** `[data-enter]`: the account's party and its desks. */
function entering(place: HTMLElement): void {
  const said = place.querySelector<HTMLElement>("[data-progress]"), select = place.querySelector<HTMLSelectElement>("[data-wallets]");
  const button = place.querySelector<HTMLButtonElement>("button");
  place.hidden = false;
  void offerWallets(select);
  button?.addEventListener("click", () => void (async () => {
    if (!said) return;
    said.hidden = false;
    try {
      const account = await accountOf(await chosen(select), given<Deployment>(place.dataset.deployment));
      const key = await get(`/desk/keys/${spelled(account)}`);
      const desks = (key.desks as string[]).map((path) => el("a", { class: "button", href: kept(path) }, `${t("打开工作台：", "Open the desk: ")}${roleName(path)}`));
      said.dataset.state = desks.length ? "good" : "bad";
      said.replaceChildren(el("span", {}, `${spelled(account)} · ${key.party ?? t("未登记", "not registered")} `), ...desks);
    } catch (error) {
      said.dataset.state = "bad";
      said.textContent = troubleText(error);
    }
  })());
}

listen();
each("[data-signing]", panel);
each("form[data-keep]", (form) => form instanceof HTMLFormElement && keepForm(form));
each("[data-drafts]", listDrafts);
each("[data-queueing]", queueing);
each("[data-queue]", queue);
each("[data-statements]", naming);
each("input[data-no-pins]", guardPins);
each("[data-enter]", entering);
each("[data-sign-in]", signingIn);
each("button[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
