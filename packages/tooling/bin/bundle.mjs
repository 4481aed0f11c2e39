/** Bundles an app to `dist/`: ES modules, split so that a start loads only what it needs; workspace packages from their sources. */
import { chmodSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * @param options `directory`, `entry` (below src), `name` of the runnable file, `external` packages that stay dependencies; `outdir` in place of
 *   `dist`
 */
export async function bundle({ directory, entry, name, external = [], outdir: dist = join(directory, 'dist') }) {
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const outdir = `${dist}.${process.pid}`;
  await build({
    entryPoints: { [name]: join(directory, 'src', entry) },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['@velocity/source'],
    chunkNames: 'chunks/[name]-[hash]',
    external,
    minify: true,
    keepNames: true,
    legalComments: 'linked',
    define: { __VELOCITY_VERSION__: JSON.stringify(version) },
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        'const require = __createRequire(import.meta.url);',
      ].join('\n'),
    },
    logLevel: 'warning',
  });
  chmodSync(join(outdir, `${name}.js`), 0o755);
  // Whoever runs the old one meanwhile finds it whole until here.
  rmSync(dist, { recursive: true, force: true });
  renameSync(outdir, dist);
}
