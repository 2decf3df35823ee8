/** The worker that holds the pack and judges. Imported as a module it only lends its parts, which is how they are tested. */
import { Malformed } from "../errors.js";
import { Inquiry, POLICIES } from "../inquiry.js";
import { parseDeployment } from "../documents.js";
import { parseBulletin, trustBulletin } from "../pack/bulletin.js";
import { PackJudge } from "../pack/judge.js";
import { Pack } from "../pack/reader.js";
import { contradicted } from "../contradicted.js";
import { View } from "../view.js";
import { Desk, Refused } from "./desk.js";
import type { Asked, DeskState, Told } from "./messages.js";
import { openStore, type Store } from "./store.js";

export { Desk, Inquiry, Malformed, POLICIES, Pack, PackJudge, Refused, View, contradicted, openStore, parseBulletin, parseDeployment, trustBulletin };

const ENTRY = "entry ";
const seconds = () => Math.floor(Date.now() / 1000);

async function answer(desk: Desk, store: Store, asked: Asked): Promise<{ answer: unknown; state?: DeskState }> {
  switch (asked.op) {
    case "judge":
      return { answer: await desk.judgeText(asked.text) };
    case "keep":
      return { answer: await store.put({ [asked.name]: asked.value }) };
    case "kept":
      return { answer: await store.get(asked.name) };
    case "keep-entries":
      return { answer: await store.put(Object.fromEntries(asked.entries.map((entry) => [ENTRY + entry.key, entry]))) };
    case "kept-entries":
      return { answer: await store.all(ENTRY) };
    case "drop-entries":
      return { answer: await store.drop(ENTRY) };
  }
  const changes = {
    open: () => asked.op === "open" && desk.open(asked.deployment),
    pin: () => asked.op === "pin" && desk.pin(asked.deployment),
    pack: () => asked.op === "pack" && desk.takePack(asked.file),
    bulletin: () => asked.op === "bulletin" && desk.takeBulletin(asked.text),
    agreed: () => asked.op === "agreed" && desk.takeAgreed(asked.block, asked.operators),
  };
  return { answer: await changes[asked.op](), state: desk.state };
}

function refusal(error: unknown): Told & { id: 0 } {
  if (error instanceof Refused) return { id: 0, refused: error.refusal };
  if (error instanceof Malformed) return { id: 0, refused: { code: "malformed", fields: { rule: error.rule, place: error.place } } };
  return { id: 0, refused: { code: "internal", fields: { why: String(error) } } };
}

/** One question after another: a pack is not taken while a label is judged. */
function serve(scope: { onmessage: unknown; postMessage: (told: Told) => void }): void {
  const ready = openStore().then((store) => ({ store, desk: new Desk(store, seconds) }));
  let last: Promise<unknown> = ready.catch(() => undefined);
  scope.onmessage = ({ data: { id, ...asked } }: MessageEvent<Asked & { id: number }>) => {
    last = last.then(async () => {
      try {
        const { desk, store } = await ready;
        scope.postMessage({ id, ...(await answer(desk, store, asked as Asked)) });
      } catch (error) {
        scope.postMessage({ ...refusal(error), id });
      }
    });
  };
}

const scope = globalThis as any;
if (typeof scope.WorkerGlobalScope === "function" && scope instanceof scope.WorkerGlobalScope) serve(scope);
