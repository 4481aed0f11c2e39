/** Compiles every TypeScript block of every README against the public declarations, each as a module of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from '../bin/lib/run.mjs';
import { readPackages, root } from './workspace.mjs';

export async function check() {
  const folder = join(root, '.tools', 'readmes');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packages = readPackages();
  const documents = [
    join(root, 'README.md'),
    ...packages.map(({ directory }) => join(directory, 'README.md')),
    ...docs(),
  ].filter((file) => existsSync(file));
  let count = 0;
  for (const file of documents) {
    for (const [index, [, code]] of [...readFileSync(file, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].entries()) {
      const name = relative(root, file).replace(/[^A-Za-z0-9]+/g, '-');
      writeFileSync(join(folder, `${name}-${index + 1}.ts`), `${code}\nexport {};\n`);
      count += 1;
    }
  }
  if (count === 0) return ['no README has a TypeScript block'];
  const base = relative(folder, join(root, 'packages/tooling/tsconfig/base.json'));
  const paths = Object.fromEntries(
    packages
      .filter(({ group, manifest }) => group === 'packages' && manifest.exports !== undefined)
      .flatMap(({ name, directory, manifest }) =>
        Object.entries(manifest.exports)
          .map(([path, target]) => [path, typeof target === 'object' ? target.types : target])
          .filter(([, types]) => types.endsWith('.ts'))
          .map(([path, types]) => [join(name, path), [relative(folder, join(directory, types))]]),
      ),
  );
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: base,
      compilerOptions: {
        noEmit: true,
        customConditions: [],
        paths,
        typeRoots: [relative(folder, join(root, 'node_modules/@types'))],
      },
      include: ['*.ts'],
    }),
  );
  const code = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
  console.log(`${count} blocks`);
  return code === 0
    ? []
    : ['a code block does not compile (see above; files are named after their README and place in it)'];
}

function docs() {
  const folder = join(root, 'docs');
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name))
    : [];
}
