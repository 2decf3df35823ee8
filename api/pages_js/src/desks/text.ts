/** Words in the page's language, and elements made without markup. */
import type { WalletTrouble } from "./wallet.js";

const isEnglish = () => document.documentElement.lang === "en";

/** The text in the page's language. */
export const t = (chinese: string, english: string): string => (isEnglish() ? english : chinese);

/** An element with text or children; attributes by name, null ones left out. */
export function el(name: string, attributes: { [name: string]: string | null } = {}, ...inside: (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

/** Digits with leading zeros. */
const two = (value: number) => String(value).padStart(2, "0");

/** `YYYY-MM-DD HH:MM` in Asia/Shanghai. */
export function moment(seconds: number): string {
  const at = new Date((seconds + 8 * 3600) * 1000);
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** Keep the page's language in an address of ours. */
export const kept = (path: string): string => (new URLSearchParams(location.search).has("lang") ? `${path}?lang=${document.documentElement.lang}` : path);

const PURPOSES: { [name: string]: [string, string] } = {
  regulator: ["监管", "regulator"], footprint: ["签碳足迹", "footprints"], certificate: ["签证书", "certificates"], labels: ["签标签", "labels"],
  status: ["改状态", "status"], rule: ["签规则", "rules"], sequencer: ["定序", "sequencer"], admin: ["管理密钥", "admin"],
};
const ROLES: { [name: string]: [string, string] } = { certifier: ["认证机构", "certifier"], enterprise: ["企业", "enterprise"], regulator: ["监管部门", "regulator"] };

/** What a key is for, in the page's language. */
export const purposeName = (purpose: string): string => t(...(PURPOSES[purpose] ?? [purpose, purpose]));

/** Whose desk a path `/desk/{role}/…` is, in the page's language. */
export const roleName = (path: string): string => t(...(ROLES[path.split("/")[2]] ?? ["", ""]));

export function walletTrouble(trouble: WalletTrouble, detail: string): string {
  const said: { [key in WalletTrouble]: [string, string] } = {
    none: ["没有找到浏览器钱包。可以下载待签文件，用命令行签名后上传。", "No browser wallet found. Download the file, sign it with the command line, and upload it."],
    refused: ["您在钱包里取消了，什么都没有发出。", "You cancelled in the wallet; nothing was sent."],
    busy: ["钱包里还有一个未处理的请求，请先处理它。", "The wallet has a request open already; answer that first."],
    chain: ["钱包不在本账本所在的链上。", "The wallet is on another chain than this ledger."],
    "unknown-chain": ["钱包里没有本账本所在的链，请先把它加进钱包。", "The wallet does not know this ledger's chain; add it first."],
    "no-account": ["钱包没有给出账户。", "The wallet gave no account."],
    "other-key": ["签名不是所选账户对这段文字的签名，没有提交。", "The signature is not the chosen account's over this text; it was not submitted."],
    unsupported: ["这个钱包不会签这种数据（EIP-712）。", "This wallet cannot sign such data (EIP-712)."],
    failed: ["钱包没有完成。", "The wallet did not finish."],
  };
  const [zh, en] = said[trouble];
  return detail && trouble !== "refused" ? `${t(zh, en)} (${detail})` : t(zh, en);
}
