/** What the scanner keeps on the device: one IndexedDB table of named values. Packs stand in it as files, read piece by piece. */
const NAME = "tanji-scan", TABLE = "kept";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage"));
  });
}

export class Store {
  private constructor(private readonly database: IDBDatabase) {}

  /** Raises what IndexedDB raises, where the browser keeps nothing (a private window). */
  static async open(): Promise<Store> {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    return new Store(await settled(request));
  }

  async get<T>(name: string): Promise<T | undefined> {
    return settled(this.database.transaction(TABLE).objectStore(TABLE).get(name) as IDBRequest<T | undefined>);
  }

  /** All or nothing; undefined takes a value out. Settles once the disk has it. */
  async put(values: { [name: string]: unknown }): Promise<void> {
    const transaction = this.database.transaction(TABLE, "readwrite", { durability: "strict" });
    const table = transaction.objectStore(TABLE);
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) table.delete(name);
      else table.put(value, name);
    }
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("storage"));
    });
  }
}
