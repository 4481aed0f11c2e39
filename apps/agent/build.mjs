/** Bundles the agent into dist/. */
import { fileURLToPath } from 'node:url';
import { bundle } from '../../packages/tooling/bin/bundle.mjs';

const directory = fileURLToPath(new URL('.', import.meta.url));
await bundle({ directory, entry: 'main.ts', name: 'velocity', external: ['zstd-codec'] });
