#!/usr/bin/env node
/** Install and build, nothing else. Needs Node and npm; brings its own pinned pnpm in `.tools/`. */
import { pnpm, step } from './lib/run.mjs';

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']));
await step('build', () => pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']));
