/** Forms that are kept as they are typed (`form[data-keep]`), and the list of what was kept (`[data-drafts]`). */
import { type Draft, all, drop, keep, newId, one } from "./drafts.js";
import { el, moment, t } from "./text.js";

const PAUSE = 250; // milliseconds after the last key
const HASH = "draft";

const hashOf = () => new URLSearchParams(location.hash.slice(1)).get(HASH);

function fieldsOf(form: HTMLFormElement): [string, string][] {
  return [...new FormData(form).entries()].filter((pair): pair is [string, string] => typeof pair[1] === "string");
}

function fill(form: HTMLFormElement, fields: [string, string][]): void {
  const known = new Map(fields);
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) field.checked = known.get(field.name) === field.value;
    else if (field instanceof HTMLInputElement && (field.type === "file" || field.type === "hidden")) continue;
    else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement) {
      if (known.has(field.name)) field.value = known.get(field.name) ?? "";
    }
  }
}

/** Take a draft back to the page it was typed on where that page is an answer to a file: the draft holds what the file said (`data-resume`). */
async function resume(form: HTMLFormElement): Promise<void> {
  const id = hashOf();
  const draft = id ? await one<Draft>("drafts", id) : null;
  if (!draft) return;
  for (const field of form.elements) if (field instanceof HTMLInputElement) field.disabled = true; // no file is chosen again
  for (const [name, value] of [...draft.fields, ["resume", "yes"]]) {
    const field = document.createElement("textarea"); // keeps line breaks
    field.name = name;
    field.value = value;
    field.hidden = true;
    form.append(field);
  }
  form.action = `${form.action.split("#")[0]}#${HASH}=${draft.id}`;
  form.submit();
}

/** Keep a form as it is typed; what was kept comes back with `#draft=<id>`. */
export async function keepForm(form: HTMLFormElement): Promise<void> {
  if ("resume" in form.dataset) return resume(form);
  const note = form.querySelector("[data-kept]");
  const held = hashOf();
  let id = held ?? "";
  const earlier = held ? await one<Draft>("drafts", held) : null;
  if (earlier && !form.dataset.answered) fill(form, earlier.fields);
  let waiting = 0;
  const save = async () => {
    id ||= newId();
    const title = form.querySelector<HTMLInputElement>("[data-title]")?.value.trim() ?? "";
    await keep("drafts", [{ id, party: form.dataset.keep ?? "", path: location.pathname + location.search, title, fields: fieldsOf(form), at: Math.floor(Date.now() / 1000) }]);
    history.replaceState(null, "", `#${HASH}=${id}`);
    form.action = `${form.action.split("#")[0]}#${HASH}=${id}`; // so that the answer's page knows its draft
    if (note) note.textContent = t("草稿已存在本浏览器。", "Draft kept in this browser.");
  };
  if (id) form.action = `${form.action.split("#")[0]}#${HASH}=${id}`;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void save().catch(() => note && (note.textContent = t("本浏览器不让保存草稿。", "This browser keeps no drafts."))), PAUSE);
  });
}

/** List the drafts of a party. */
export async function listDrafts(place: HTMLElement): Promise<void> {
  const found = await all<Draft>("drafts", place.dataset.drafts ?? "").catch(() => []);
  found.sort((a, b) => b.at - a.at);
  const list = place.querySelector("ul"), none = place.querySelector("[data-none]");
  if (none instanceof HTMLElement) none.hidden = found.length > 0;
  list?.replaceChildren(...found.map((draft) => {
    const remove = el("button", { type: "button", class: "quiet" }, t("删除", "Delete"));
    const item = el("li", {}, el("div", {}, el("p", {}, el("a", { href: `${draft.path}#${HASH}=${draft.id}` }, draft.title || t("（未命名）", "(untitled)"))), el("p", { class: "meta" }, moment(draft.at))), remove);
    remove.addEventListener("click", () => void drop("drafts", [draft.id]).then(() => listDrafts(place)));
    return item;
  }));
  place.hidden = false;
}
