import { bundle } from '../../packages/tooling/bin/bundle.mjs';

await bundle({ directory: import.meta.dirname, entry: 'main.ts', name: 'velocity', external: ['zstd-codec'] });
