/** Bundles an app to `dist/`, workspace packages from their sources. */
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * As ES modules, split so that a start loads only what it needs.
 * @param options `directory`, `entry` (below src), `name` of the runnable file, `external` packages that stay dependencies; `outdir` in place of
 *   `dist`
 */
export async function bundle({ directory, entry, name, external = [], outdir: dist = join(directory, 'dist') }) {
  await replace(dist, name, async (outdir) => {
    await build({
      ...common(directory, outdir),
      entryPoints: { [name]: join(directory, 'src', entry) },
      splitting: true,
      format: 'esm',
      chunkNames: 'chunks/[name]-[hash]',
      external,
      banner: {
        js: [
          "import { createRequire as __createRequire } from 'node:module';",
          'const require = __createRequire(import.meta.url);',
        ].join('\n'),
      },
    });
  });
}

/**
 * As CommonJS: a launcher, small enough to be compiled at each start, and programs, which it loads with V8's code cache. Only scripts can
 * be loaded so; ES modules cannot on every Node that is supported.
 * @param options `directory`, `launcher` (below src), `programs` (the same, by name), `name` of the launcher's file, `external` packages that
 *   stay dependencies
 */
export async function bundleWithLauncher({ directory, launcher, programs, name, external = [] }) {
  const dist = join(directory, 'dist');
  await replace(dist, name, async (outdir) => {
    // A script that V8 loads from its cache has no import().
    const options = { ...common(directory, outdir), format: 'cjs', external, supported: { 'dynamic-import': false } };
    const digest = createHash('sha256');
    for (const [program, entry] of Object.entries(programs)) {
      await build({ ...options, entryPoints: { [program]: join(directory, 'src', entry) } });
      digest.update(readFileSync(join(outdir, `${program}.js`)));
    }
    // V8 tells sources apart by their length only.
    const define = { ...options.define, __PROGRAM_DIGEST__: JSON.stringify(digest.digest('hex').slice(0, 16)) };
    await build({ ...options, define, entryPoints: { [name]: join(directory, 'src', launcher) } });
    writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  });
}

function common(directory, outdir) {
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return {
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    conditions: ['@velocity/source'],
    minify: true,
    keepNames: true,
    legalComments: 'linked',
    define: { __VELOCITY_VERSION__: JSON.stringify(version) },
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'warning',
  };
}

/** Whoever runs the old files meanwhile finds them whole until the new ones are. */
async function replace(dist, name, fill) {
  const outdir = `${dist}.${process.pid}`;
  await fill(outdir);
  chmodSync(join(outdir, `${name}.js`), 0o755);
  rmSync(dist, { recursive: true, force: true });
  renameSync(outdir, dist);
}
