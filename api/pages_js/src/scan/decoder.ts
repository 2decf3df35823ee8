/** The worker that finds codes in pictures: ZXing's reader, compiled to WebAssembly. It is handed the program's bytes and can reach no network. */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import type { Found } from "./messages.js";

const MOST_CODES = 255;
const OPTIONS: ReaderOptions = { formats: ["QRCode"], maxNumberOfSymbols: MOST_CODES, tryHarder: true, textMode: "Plain" };

export interface Picture {
  id: number;
  width: number;
  height: number;
  /** RGBA, 8 bits each */
  pixels: ArrayBuffer;
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

async function find({ id, width, height, pixels }: Picture): Promise<void> {
  try {
    const codes = await readBarcodes(new ImageData(new Uint8ClampedArray(pixels), width, height), OPTIONS);
    const found: Found[] = codes
      .filter((code) => code.isValid)
      .map(({ text, position: p }) => ({ text, corners: [p.topLeft, p.topRight, p.bottomRight, p.bottomLeft].map(({ x, y }) => [x, y]) }));
    scope.postMessage({ id, found });
  } catch (error) {
    scope.postMessage({ id, failed: String(error) });
  }
}

scope.onmessage = ({ data }: MessageEvent<{ program: ArrayBuffer } | Picture>) => {
  if (!("program" in data)) return void find(data);
  const ready = prepareZXingModule({ overrides: { wasmBinary: data.program }, fireImmediately: true });
  ready.then(() => scope.postMessage({ ready: true }), (error) => scope.postMessage({ ready: false, failed: String(error) }));
};
