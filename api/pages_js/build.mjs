/** node build.mjs [folder]: writes the files that pages ship (default: api/pages/static). */
import { copyFileSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = process.argv[2] ?? here("../pages/static");
const common = { bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", absWorkingDir: here(".") };
// The licences of what is bundled travel with it, as MIT asks.
const licence = (name) => readFileSync(here(`node_modules/${name}/LICENSE`), "utf8").trim();
const noble = `It holds @noble/hashes and @noble/secp256k1:\n${licence("@noble/secp256k1").replace("(c) 2019", "(c) 2019 (secp256k1), 2022 (hashes)")}`;
const zxing = `It holds zxing-wasm:\n${licence("zxing-wasm")}\nzxing_reader.wasm holds ZXing-C++ (https://github.com/zxing-cpp/zxing-cpp), Apache-2.0.`;
const banner = (holds) => ({ js: `/*! Tanji, Apache-2.0. ${holds}\n*/` });
// The decoder is handed its program; the address it would else fetch it from does not ship.
const noElsewhere = {
  name: "no-elsewhere",
  setup: ({ onLoad }) =>
    onLoad({ filter: /zxing-wasm\/dist\/es\/share\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8"), contents = source.replace(/https:\/\/[a-z.]*jsdelivr\.net\/npm\/zxing-wasm@[0-9.]+\/dist\//g, "/");
      if (contents === source) throw new Error("zxing-wasm's address was not found: look at how it is loaded now");
      return { contents };
    }),
};
const files = [
  ["src/page.js", "verify.js", { banner: banner(noble) }],
  ["src/boot.js", "verify-boot.js", {}],
  ["src/scan/app.ts", "scan.js", {}],
  ["src/scan/judge-worker.ts", "scan-judge.js", { banner: banner(noble) }],
  ["src/scan/decoder.ts", "scan-decoder.js", { banner: banner(zxing), plugins: [noElsewhere] }],
  ["src/desks/desk.ts", "desk.js", { banner: banner(noble) }],
  ["src/scan/sw.ts", "scan-sw.js", { format: "iife" }],
];
for (const [entry, name, more] of files) await build({ ...common, ...more, entryPoints: [entry], outfile: `${folder}/${name}` });
copyFileSync(here("node_modules/zxing-wasm/dist/reader/zxing_reader.wasm"), `${folder}/zxing_reader.wasm`);
