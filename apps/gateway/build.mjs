/** Bundles the gateway into dist/, or into the folder given. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../packages/tooling/bin/bundle.mjs';

const directory = fileURLToPath(new URL('.', import.meta.url));
const outdir = resolve(process.argv[2] ?? join(directory, 'dist'));
await bundle({ directory, outdir, entry: 'main.ts', name: 'velocity-server' });
