/**
 * Keeps the scanner working without a network. The server puts before this file what belongs to one version:
 *
 *   self.SHELL = { version: "…", pages: { zh: "/scan?lang=zh", en: "/scan?lang=en" }, files: ["/static/….js", …] };
 *
 * Files are named by a hash of what they hold, and so is the version: a new one is fetched whole beside the old, and takes over when the
 * page says so. Everything that is not of the shell goes to the network untouched.
 */
interface Shell {
  version: string;
  pages: { [language: string]: string };
  files: string[];
}

const scope = self as unknown as ServiceWorkerGlobalScope & { SHELL: Shell };
const { version, pages, files } = scope.SHELL;
const PREFIX = "tanji-scan-", NAME = PREFIX + version, PAGE = "/scan";

async function fetchAll(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll([...Object.values(pages), ...files].map((path) => new Request(path, { cache: "reload" })));
}

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
  await scope.clients.claim();
}

/** The language of `?lang=`, else the first of the browser's that there is, else Chinese. */
function pageFor(url: URL): string {
  const wanted = [url.searchParams.get("lang") ?? "", ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()), "zh"];
  return pages[wanted.find((language) => language in pages) ?? "zh"];
}

async function fromCache(key: string, request: Request): Promise<Response> {
  return (await (await caches.open(NAME)).match(key)) ?? fetch(request);
}

scope.addEventListener("install", (event) => event.waitUntil(fetchAll()));
scope.addEventListener("activate", (event) => event.waitUntil(dropOthers()));
scope.addEventListener("message", (event) => {
  if (event.data === "take-over") void scope.skipWaiting();
});
scope.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(fromCache(pageFor(url), request));
  else if (files.includes(url.pathname + url.search)) event.respondWith(fromCache(url.pathname + url.search, request));
});
