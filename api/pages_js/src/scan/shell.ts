/** The installed scanner: kept whole by a service worker, replaced only when the person says so. */

export interface ShellParts {
  worker: string;
  scope: string;
  onReady: () => void;
  /** a newer version lies ready; calling `take` replaces this one and loads the page again */
  onNewer: (take: () => void) => void;
  onInstallable: (install: () => Promise<void>) => void;
}

const HOUR_MS = 3_600_000;

export async function keepShell({ worker, scope, onReady, onNewer, onInstallable }: ShellParts): Promise<void> {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    onInstallable(() => (event as Event & { prompt: () => Promise<void> }).prompt());
  });
  if (!navigator.serviceWorker) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register(worker, { scope, updateViaCache: "none" });
  const offer = (waiting: ServiceWorker) =>
    onNewer(() => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage("take-over");
    });
  const watch = (coming: ServiceWorker | null) =>
    coming?.addEventListener("statechange", () => {
      if (coming.state === "installed" && hadOne) offer(coming);
    });
  if (registration.waiting && hadOne) offer(registration.waiting);
  watch(registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  setInterval(() => void registration.update().catch(() => undefined), HOUR_MS);
  await navigator.serviceWorker.ready;
  onReady();
}
