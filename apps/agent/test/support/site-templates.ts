import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { seededRandom, type Random } from './random.js';

/** What the builds of a site copy: a few trees for each package, which its versions take in turn. */
export interface SiteTemplates extends Disposable {
  /** Holds `<package>/<version % TEMPLATE_COUNT>`. */
  readonly path: string;
  /** As `readTree` tells it. */
  tree(name: TemplateName, version: number): Readonly<Record<string, string>>;
}

export type TemplateName = 'many' | 'mixed' | 'large';

export interface TemplateSizes {
  readonly manyFiles: number;
  readonly mixedFiles: number;
  readonly largeBytes: number;
}

export const TEMPLATE_COUNT = 3;

export function createTemplates(sizes: TemplateSizes): SiteTemplates {
  const dir = tempDir('velocity-templates-');
  const trees = new Map<string, Record<string, string>>();
  for (let index = 0; index < TEMPLATE_COUNT; index += 1) {
    const random = seededRandom(index + 1);
    const made = {
      many: manyTree(random, sizes.manyFiles),
      mixed: mixedTree(random, sizes.mixedFiles),
      large: largeTree(random, sizes.largeBytes),
    };
    for (const [name, tree] of Object.entries(made)) {
      const folder = dir.join(name, String(index));
      writeTree(folder, tree);
      trees.set(`${name} ${index}`, readTree(folder));
    }
  }
  return {
    path: dir.path,
    tree: (name, version) => trees.get(`${name} ${version % TEMPLATE_COUNT}`) ?? {},
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

/** Of everything that an artifact can hold; each template has a few paths that the others have not. */
function manyTree(random: Random, count: number): Tree {
  const tree: Record<string, Tree[string]> = {
    'bin/run me': { executable: `#!/bin/sh\n# ${random.next()}\n` },
    'links/to-file': { link: '../bin/run me' },
    'links/to-folder': { link: `../folder-${random.below(9)}` },
    'links/broken': { link: 'nowhere' },
    'empty/inner': { dir: true },
    nothing: '',
    'größe-日本': 'unicode',
    // A file in some, a folder in others.
    [random.below(2) === 0 ? 'shape' : 'shape/inner']: 'shape',
  };
  for (let index = 0; index < count; index += 1) {
    if (random.below(10) === 0) continue;
    const content = random.bytes(random.below(6000));
    tree[`folder-${index % 9}/file-${index}`] = random.below(7) === 0 ? { executable: content } : content;
  }
  return tree;
}

/** For a folder that holds other things as well. */
function mixedTree(random: Random, count: number): Tree {
  const files = Array.from({ length: count }, (_, index) => [`${index}.out`, `${random.next()}`] as const);
  return { ...Object.fromEntries(files), 'deep/er/file': `${random.next()}`, 'deep/link': { link: '../0.out' } };
}

function largeTree(random: Random, bytes: number): Tree {
  const hex = random.bytes(Math.floor(bytes / 8)).toString('hex');
  return { noise: random.bytes(Math.floor((bytes * 3) / 4)), hex, small: random.bytes(1) };
}
