/**
 * Loads the verifier once the page has been painted, and says beside the server's verdict whether this browser reaches it too.
 *
 *   <p id="own-check" role="status" data-module="/static/verify.….js" data-saved="/…" data-outcome="authentic"
 *      data-agrees="…" data-differs="…" data-failed="…"></p>
 *
 * data-saved gives a saved verdict (part 10); data-outcome is the one this page shows; the three sentences are the page's own.
 * {ms} in a sentence is how long it took, {checks} how many checks, {ids} those that differ, {here} the outcome reached here.
 */
const place = document.getElementById("own-check");

/** @param {string} state @param {{ [name: string]: string | number }} values */
function say(state, values) {
  if (!place) return;
  place.dataset.state = state;
  place.textContent = (place.dataset[state] ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  place.hidden = false;
}

/** @param {any} data */
function compared({ replayed, refused }) {
  if (refused !== undefined) return say("failed", { why: refused });
  const { verdict, same, differing, milliseconds } = replayed;
  const agrees = same && verdict.outcome === place?.dataset.outcome;
  say(agrees ? "agrees" : "differs", {
    ms: Math.max(1, Math.round(milliseconds)), checks: verdict.checks.length, here: verdict.outcome, ids: differing.join(", ") || verdict.outcome,
  });
}

async function check() {
  if (!place?.dataset.saved || !place.dataset.module) return;
  try {
    const worker = new Worker(place.dataset.module, { type: "module" });
    worker.onmessage = (event) => {
      compared(event.data);
      worker.terminate();
    };
    worker.onerror = () => say("failed", { why: "worker" });
    const answer = await fetch(place.dataset.saved, { headers: { Accept: "application/json" }, credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    worker.postMessage(await answer.text());
  } catch (error) {
    say("failed", { why: error instanceof Error ? error.message : "" });
  }
}

const soon = () => ("requestIdleCallback" in globalThis ? requestIdleCallback(check, { timeout: 2000 }) : setTimeout(check, 200));
if (document.readyState === "complete") soon();
else addEventListener("load", soon, { once: true });
