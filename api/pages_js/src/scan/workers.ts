/** The page's side of its two workers. */
import type { Asked, DeskState, Found, Refusal, Told } from "./messages.js";

/** The desk did not take what it was given, and says why. */
export class DeskRefusal extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

type Waiting = { resolve: (value: any) => void; reject: (error: unknown) => void };

class Line {
  protected readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor(protected readonly worker: Worker) {
    worker.onerror = () => {
      for (const { reject } of this.waiting.values()) reject(new Error("worker"));
      this.waiting.clear();
    };
  }

  protected send(message: object, transfer: Transferable[] = []): Promise<any> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...message, id }, transfer);
    });
  }

  protected take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }
}

/** Judges, keeps, refuses. `onState` hears of every change of pack, bulletin or deployment. */
export class DeskLine extends Line {
  constructor(worker: Worker, onState: (state: DeskState) => void) {
    super(worker);
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
      const waiting = this.take(data.id);
      if ("refused" in data) return waiting?.reject(new DeskRefusal(data.refused));
      if (data.state) onState(data.state);
      waiting?.resolve(data.answer);
    };
  }

  /** Raises DeskRefusal. */
  ask<T>(asked: Asked): Promise<T> {
    return this.send(asked);
  }
}

/** Finds codes. Its program is fetched here and handed over: the worker itself reaches no network. */
export class DecoderLine extends Line {
  readonly ready: Promise<void>;

  constructor(worker: Worker, program: string) {
    super(worker);
    this.ready = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        if ("ready" in data) return data.ready ? resolve() : reject(new Error(data.failed));
        const waiting = this.take(data.id);
        if ("failed" in data) waiting?.reject(new Error(data.failed));
        else waiting?.resolve(data.found);
      };
      fetch(program).then(async (answer) => {
        const bytes = await answer.arrayBuffer();
        worker.postMessage({ program: bytes }, [bytes]);
      }, reject);
    });
    this.ready.catch(() => undefined); // whoever scans hears of it
  }

  /** The codes in a picture. */
  async find({ width, height, data }: ImageData): Promise<Found[]> {
    await this.ready;
    return this.send({ width, height, pixels: data.buffer }, [data.buffer]);
  }
}
