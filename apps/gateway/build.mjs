/** Bundles the gateway into dist/ (or the folder given): one entry, and chunks that are loaded only when they are needed. */
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
const { warnings } = await build({
  absWorkingDir: root,
  entryPoints: { 'velocity-server': 'src/main.ts' },
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  conditions: ['@velocity/source'],
  define: { VELOCITY_GATEWAY_VERSION: JSON.stringify(version) },
  // Dependencies in CommonJS ask for Node's own modules by require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  logLevel: 'warning',
});
if (warnings.length > 0) process.exitCode = 1;
chmodSync(join(dist, 'velocity-server.js'), 0o755);
