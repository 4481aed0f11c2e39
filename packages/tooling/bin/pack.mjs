#!/usr/bin/env node
/** `pack.mjs FOLDER`: packs every published package into the folder, as the registry would get it. */
import { resolve } from 'node:path';
import { readPackages } from '../checks/workspace.mjs';
import { pnpm } from './lib/run.mjs';

const destination = resolve(process.argv[2] ?? '.');
for (const { directory, manifest } of readPackages()) {
  if (manifest.private === true) continue;
  const code = await pnpm(['pack', '--pack-destination', destination], { cwd: directory });
  if (code !== 0) process.exitCode = code;
}
