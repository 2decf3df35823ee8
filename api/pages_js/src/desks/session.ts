/** Signing in with the wallet (Sign-In with Ethereum), for pages that show what only one party may read: `[data-sign-in]`. The browser keeps the token where no script reads it. */
import { toHex, utf8 } from "../bytes.js";
import { Refused, accountOf, get, post, troubleText } from "./acting.js";
import { type Deployment, Disagreement } from "./exact.js";
import { chosen, given, offerWallets } from "./panel.js";
import { t } from "./text.js";
import { WalletError, signText, spelled } from "./wallet.js";

const NONCE = /\nNonce: ([0-9a-f]{64})\n/;
const TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z";
const TIMES = new RegExp(`\nIssued At: (${TIME})\nExpiration Time: (${TIME})$`);

/** The message for this page's own address, account, party and chain: nothing else is signed. Raises Disagreement. */
export function expected(message: string, account: string, party: string, chainId: number, at: { host: string; origin: string }): string {
  const nonce = NONCE.exec(message), times = TIMES.exec(message);
  if (!nonce || !times) throw new Disagreement("message");
  const own = `${at.host} wants you to sign in with your Ethereum account:\n${spelled(account)}\n\n` +
    `Sign in to Tanji as ${party} to read what is shared with it. This signs nothing that is logged.\n\n` +
    `URI: ${at.origin}\nVersion: 1\nChain ID: ${chainId}\nNonce: ${nonce[1]}\nIssued At: ${times[1]}\nExpiration Time: ${times[2]}`;
  if (own !== message) throw new Disagreement("message");
  return own;
}

async function signIn(place: HTMLElement, select: HTMLSelectElement | null): Promise<void> {
  const at = given<Deployment>(place.dataset.deployment), wanted = place.dataset.signIn ?? "";
  const provider = await chosen(select), account = await accountOf(provider, at);
  const key = await get(`/desk/keys/${spelled(account)}`);
  if (!key.party || !key.inForce || (wanted && !key.purposes.includes(wanted))) {
    throw new Refused({ code: "desk.key", detail: t(`账户 ${spelled(account)} 登记的用途是 ${key.purposes.join("、") || "无"}，打不开这里（需要 ${wanted}）。`, `${spelled(account)} is registered for ${key.purposes.join(", ") || "nothing"}: it does not open this (purpose ${wanted} is due).`) });
  }
  const made = await post("/v1/sessions/nonce", { address: spelled(account), party: key.party });
  const message = expected(String(made.message), account, key.party, at.chainId, location);
  const signature = await signText(provider, account, toHex(utf8(message)), message);
  const answer = await fetch("/v1/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ message, signature, use: "cookie" }), credentials: "same-origin" });
  if (!answer.ok) throw new Refused(await answer.json().catch(() => ({ title: String(answer.status) })));
  location.reload();
}

export function signingIn(place: HTMLElement): void {
  const said = place.querySelector<HTMLElement>("[data-progress]"), select = place.querySelector<HTMLSelectElement>("[data-wallets]");
  const button = place.querySelector<HTMLButtonElement>("button");
  const tools = place.querySelector<HTMLElement>("[data-wallet]");
  if (tools) tools.hidden = false;
  void offerWallets(select);
  button?.addEventListener("click", () => void (async () => {
    button.disabled = true;
    if (said) [said.hidden, said.dataset.state, said.textContent] = [false, "busy", t("请在钱包里确认登录……", "Confirm in the wallet…")];
    try {
      await signIn(place, select);
    } catch (error) {
      if (!(error instanceof WalletError) && !(error instanceof Error)) throw error;
      if (said) [said.dataset.state, said.textContent] = ["bad", troubleText(error)];
    } finally {
      button.disabled = false;
    }
  })());
}
