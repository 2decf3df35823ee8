/** What the shipped file holds: the verifier for whoever imports it, and a worker's ear for the page. */
import { Malformed } from "./errors.js";
import { answer, operations } from "./operations.js";
import { replay } from "./saved.js";
import { POLICIES, verify } from "./verify.js";

export { Malformed, POLICIES, answer, operations, replay, verify };

/** @type {any} */
const scope = globalThis;
if (typeof scope.WorkerGlobalScope === "function" && scope instanceof scope.WorkerGlobalScope) {
  scope.onmessage = (/** @type {MessageEvent} */ event) => {
    try {
      scope.postMessage({ replayed: replay(event.data) });
    } catch (error) {
      scope.postMessage({ refused: error instanceof Malformed ? `${error.rule} ${error.place}` : String(error) });
    }
  };
}
