/** The list on the page: the newest entries, so many of them, and more when asked for. Drawn once for all that changed together. */
import type { Entry } from "./batch.js";
import { element, row } from "./view.js";
import { say } from "./words.js";

const PAGE = 100, DRAW_MS = 60;

export class ListView {
  private readonly place = element<HTMLOListElement>("list");
  private readonly more = element<HTMLButtonElement>("more");
  private readonly rows = new Map<string, HTMLElement>();
  private readonly stale = new Set<string>();
  private limit = PAGE;
  private due = 0;

  /** @param drawn is told of all entries whenever they were drawn */
  constructor(private readonly entries: () => Entry[], private readonly drawn: (entries: Entry[]) => void) {
    this.more.onclick = () => {
      this.limit += PAGE;
      this.draw();
    };
  }

  /** An entry is new or differs. */
  note({ key }: Entry): void {
    this.stale.add(key);
    this.due ||= setTimeout(() => this.draw(), DRAW_MS);
  }

  draw(): void {
    clearTimeout(this.due);
    this.due = 0;
    const all = this.entries(), shown = all.slice(0, this.limit), keys = new Set(shown.map(({ key }) => key));
    for (const [key, made] of this.rows) if (!keys.has(key)) this.forget(key, made);
    let place = this.place.firstElementChild;
    for (const entry of shown) {
      const known = this.rows.get(entry.key), made = known && !this.stale.has(entry.key) ? known : this.make(entry, known);
      if (place === known) place = made;
      if (made === place) place = made.nextElementSibling;
      else this.place.insertBefore(made, place);
    }
    this.stale.clear();
    this.more.hidden = all.length <= this.limit;
    this.more.textContent = say("list-more", { n: all.length - shown.length });
    this.drawn(all);
  }

  private forget(key: string, made: HTMLElement): void {
    made.remove();
    this.rows.delete(key);
  }

  /** A row made anew stays open, and keeps the keyboard where it was. */
  private make(entry: Entry, known: HTMLElement | undefined): HTMLElement {
    const made = row(entry);
    this.rows.set(entry.key, made);
    if (known) {
      made.querySelector("details")?.toggleAttribute("open", Boolean(known.querySelector("details[open]")));
      const hadFocus = known.contains(document.activeElement);
      known.replaceWith(made);
      if (hadFocus) made.querySelector("summary")?.focus();
    }
    return made;
  }
}
