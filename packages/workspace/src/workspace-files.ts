import { LOCKFILE_FORMATS } from './lockfiles/formats.js';
import { MANIFEST_FILES } from './manifests/read-manifests.js';

/** What is looked for by name in the folders of packages: manifests, lockfiles, and files that say where packages are. */
export const WORKSPACE_FILES: ReadonlySet<string> = new Set([
  ...Object.keys(MANIFEST_FILES),
  ...Object.values(LOCKFILE_FORMATS).flatMap((formats) => Object.keys(formats)),
  'go.work',
  'pnpm-workspace.yaml',
]);
