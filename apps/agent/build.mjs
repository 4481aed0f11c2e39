/** Bundles the agent into dist/. */
import { fileURLToPath } from 'node:url';
import { bundleWithLauncher } from '../../packages/tooling/bin/bundle.mjs';

const directory = fileURLToPath(new URL('.', import.meta.url));
await bundleWithLauncher({
  directory,
  launcher: 'main.ts',
  programs: { program: 'cli.ts', resume: 'resume.ts' },
  name: 'velocity',
  external: ['zstd-codec'],
});
