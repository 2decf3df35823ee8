/**
 * Drafts in this browser (IndexedDB): forms as they were last typed, and documents that wait for a signature. Nothing of them is on the
 * server, and a reload loses none.
 */

/** A form as last typed. fields: name and value in the form's order, files left out. */
export interface Draft {
  id: string;
  party: string;
  path: string;
  title: string;
  fields: [string, string][];
  at: number;
}

/** A document that waits to be signed. */
export interface Queued {
  id: string;
  party: string;
  document: { [member: string]: any };
  summary: string;
  state: "waiting" | "done" | "failed";
  said: string;
  receipt: { [member: string]: any } | null;
  order: number;
}

const NAME = "tanji-desks", VERSION = 1;
type Store = "drafts" | "queue";

function open(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      for (const store of ["drafts", "queue"]) asked.result.createObjectStore(store, { keyPath: "id" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

async function within<T>(store: Store, mode: IDBTransactionMode, work: (objects: IDBObjectStore) => IDBRequest<T> | null): Promise<T | null> {
  const database = await open();
  try {
    return await new Promise<T | null>((done, fail) => {
      const transaction = database.transaction(store, mode);
      const asked = work(transaction.objectStore(store));
      transaction.oncomplete = () => done(asked ? asked.result : null);
      transaction.onabort = transaction.onerror = () => fail(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Keep documents, all of them or none. */
export async function keep(store: Store, items: (Draft | Queued)[]): Promise<void> {
  await within(store, "readwrite", (objects) => {
    for (const item of items) objects.put(item);
    return null;
  });
}

export async function all<T extends Draft | Queued>(store: Store, party: string): Promise<T[]> {
  const found = ((await within(store, "readonly", (objects) => objects.getAll())) ?? []) as T[];
  return party ? found.filter((one) => one.party === party) : found;
}

export const one = async <T extends Draft | Queued>(store: Store, id: string): Promise<T | null> =>
  ((await within(store, "readonly", (objects) => objects.get(id))) as T | undefined) ?? null;

export async function drop(store: Store, ids: string[]): Promise<void> {
  await within(store, "readwrite", (objects) => {
    for (const id of ids) objects.delete(id);
    return null;
  });
}

/** A new draft's id. */
export const newId = (): string => crypto.randomUUID();
