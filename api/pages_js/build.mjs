/** node build.mjs [folder]: writes the two files that pages ship (default: api/pages/static). */
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const folder = process.argv[2] ?? fileURLToPath(new URL("../pages/static", import.meta.url));
const common = { bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", absWorkingDir: fileURLToPath(new URL(".", import.meta.url)) };
await build({ ...common, entryPoints: ["src/page.js"], outfile: `${folder}/verify.js` });
await build({ ...common, entryPoints: ["src/boot.js"], outfile: `${folder}/verify-boot.js` });
