/** What the scanner keeps on the device: one IndexedDB table of named values. Packs stand in it as files, read piece by piece. */
const NAME = "tanji-scan", TABLE = "kept";

export interface Store {
  /** whether it is still there once the page is closed */
  readonly lasting: boolean;
  get<T>(name: string): Promise<T | undefined>;
  /** Everything whose name begins so. */
  all<T>(prefix: string): Promise<T[]>;
  /** All or nothing; undefined takes a value out. Settles once it is kept. */
  put(values: { [name: string]: unknown }): Promise<void>;
  /** Takes out everything whose name begins so. */
  drop(prefix: string): Promise<void>;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage"));
  });
}

const beginning = (prefix: string) => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

class Disk implements Store {
  readonly lasting = true;

  constructor(private readonly database: IDBDatabase) {}

  get<T>(name: string): Promise<T | undefined> {
    return settled(this.table.get(name) as IDBRequest<T | undefined>);
  }

  all<T>(prefix: string): Promise<T[]> {
    return settled(this.table.getAll(beginning(prefix)) as IDBRequest<T[]>);
  }

  put(values: { [name: string]: unknown }): Promise<void> {
    return this.write((table) => {
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) table.delete(name);
        else table.put(value, name);
      }
    });
  }

  drop(prefix: string): Promise<void> {
    return this.write((table) => void table.delete(beginning(prefix)));
  }

  private get table(): IDBObjectStore {
    return this.database.transaction(TABLE).objectStore(TABLE);
  }

  private write(act: (table: IDBObjectStore) => void): Promise<void> {
    const transaction = this.database.transaction(TABLE, "readwrite", { durability: "strict" });
    act(transaction.objectStore(TABLE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("storage"));
    });
  }
}

/** Where the browser keeps nothing: all of it lasts as long as the page does. */
class Fleeting implements Store {
  readonly lasting = false;
  private readonly values = new Map<string, unknown>();

  async get<T>(name: string): Promise<T | undefined> {
    return this.values.get(name) as T | undefined;
  }

  async all<T>(prefix: string): Promise<T[]> {
    return [...this.values].filter(([name]) => name.startsWith(prefix)).map(([, value]) => value as T);
  }

  async put(values: { [name: string]: unknown }): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) this.values.delete(name);
      else this.values.set(name, value);
    }
  }

  async drop(prefix: string): Promise<void> {
    for (const name of this.values.keys()) if (name.startsWith(prefix)) this.values.delete(name);
  }
}

/** The browser's own, or what lasts as long as the page where it gives none (a private window). */
export async function openStore(): Promise<Store> {
  try {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    return new Disk(await settled(request));
  } catch {
    return new Fleeting();
  }
}
