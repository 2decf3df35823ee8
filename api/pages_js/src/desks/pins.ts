/**
 * A table with PINs is stopped before it leaves the machine: `input[data-no-pins]`. The server refuses it too (api/desks/label_rows.py), but by
 * then it has been sent.
 */

const NAME = /^pins?$|\bpin\b|pin码|验证码|刮|scratch|secret/i;
const PIN = /^[0-9A-HJKMNP-TV-Z]{12}$/i;
const KNOWN = new Set(["gtin", "serial", "pinhash", "url", "signature"]);
const HEAD = 1 << 16; // bytes looked at

/** Whether the beginning of a file looks like one with PINs: `labels.csv` has none. */
export function holdsPins(head: string): boolean {
  if (head.startsWith('{"cipher":')) return true;
  const rows = head.replace(/^\ufeff/, "").split(/\r?\n/).filter((row) => row.trim()).slice(0, 50).map((row) => row.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, "")));
  const names = (rows[0] ?? []).map((name) => name.toLowerCase());
  if (names.some((name) => NAME.test(name) && name !== "pinhash")) return true;
  const strange = names.some((name) => !KNOWN.has(name)), hashes = names.indexOf("pinhash");
  return rows.some((row, at) => (strange && row.some((cell) => PIN.test(cell))) || (at > 0 && hashes >= 0 && PIN.test(row[hashes] ?? "")));
}

export function guardPins(input: HTMLElement): void {
  if (!(input instanceof HTMLInputElement)) return;
  const said = input.parentElement?.querySelector<HTMLElement>("[data-pins]");
  input.addEventListener("change", () => void (async () => {
    const file = input.files?.[0];
    const bad = file ? holdsPins(await file.slice(0, HEAD).text()) : false;
    if (bad) input.value = "";
    if (said) said.hidden = !bad;
    input.parentElement?.classList.toggle("bad", bad);
  })());
}
