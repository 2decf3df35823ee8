/** node build.mjs [folder]: writes the two files that pages ship (default: api/pages/static). */
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const folder = process.argv[2] ?? fileURLToPath(new URL("../pages/static", import.meta.url));
const common = { bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", absWorkingDir: fileURLToPath(new URL(".", import.meta.url)) };
// The licence of what is bundled travels with it, as MIT asks.
const notice = readFileSync(new URL("node_modules/@noble/secp256k1/LICENSE", import.meta.url), "utf8").trim().replace("(c) 2019", "(c) 2019 (secp256k1), 2022 (hashes)");
const banner = { js: `/*! Tanji, Apache-2.0. It holds @noble/hashes and @noble/secp256k1:\n${notice}\n*/` };
await build({ ...common, banner, entryPoints: ["src/page.js"], outfile: `${folder}/verify.js` });
await build({ ...common, entryPoints: ["src/boot.js"], outfile: `${folder}/verify-boot.js` });
