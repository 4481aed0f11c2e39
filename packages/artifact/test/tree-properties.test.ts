import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { extract } from 'tar-stream';
import { anyTree, FEW } from './arbitraries.js';
import { forge, framesOf, honestFile, streamOf } from './forge.js';
import { restoreInPlace } from './in-place.js';
import { codec, opener, pack, unpack, type Packed } from './support.js';

/** As much of a tree as one disk can hold: where a path goes through a file or a link, there is one entry less. */
function plant(root: string, tree: Tree): void {
  for (const [path, node] of Object.entries(tree)) {
    try {
      writeTree(root, { [path]: node });
    } catch {
      // Something else stands in its way already.
    }
  }
}

/** Packs what can be packed: what cannot be restored is refused, here names that fold to one or are dots to some. */
async function packed(root: string): Promise<Packed | undefined> {
  try {
    return await pack(root);
  } catch (error) {
    expect(error).toMatchObject({
      code: 'ARTIFACT_UNSAFE',
      message: expect.stringMatching(/one name|lies below|take for/),
    });
    return undefined;
  }
}

describe('trees', () => {
  test('any that can be packed comes back exactly', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        using dir = tempDir();
        plant(dir.path, tree);
        const result = await packed(dir.path);
        if (result === undefined) return;
        using unpacked = await unpack(result);
        expect(readTree(unpacked.staging)).toEqual(readTree(dir.path));
      }),
      FEW,
    );
  });

  test('any becomes any other by what differs alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyTree, fc.boolean(), async (wanted, there, isRelated) => {
        using source = tempDir();
        using dir = tempDir();
        plant(source.path, wanted);
        const result = await packed(source.path);
        if (result === undefined) return;
        plant(dir.path, isRelated ? { ...there, ...wanted } : there);
        const before = readTree(dir.path);
        const expected = readTree(source.path);
        const { staged, stats } = await restoreInPlace(dir.path, result);
        expect(readTree(dir.path)).toEqual(expected);
        const differing = Object.entries(expected).filter(
          ([path, text]) =>
            before[path] !== text && !(text === 'dir' && before[path] === undefined && isFolder(before, path)),
        );
        expect(staged).toEqual(Object.fromEntries(differing));
        expect(stats.map(({ path }) => path)).toEqual(result.manifest.entries.map(({ path }) => path));
      }),
      FEW,
    );
  });

  test('any part of any artifact, however it was cut, is read from the blobs that hold it', async () => {
    const contents = fc.array(fc.nat(3000), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        contents,
        fc.integer({ min: 300, max: 6000 }),
        fc.bigInt({ min: 0n, max: 4095n }),
        async (sizes, cut, mask) => {
          const entries = sizes.map((size, index) =>
            honestFile(`f${String(index).padStart(2, '0')}`, 'x'.repeat(size)),
          );
          const isWanted = entries.map((_, index) => ((mask >> BigInt(index)) & 1n) === 1n);
          const stream = streamOf(entries, {});
          const { description, blobs } = forge({ entries, frames: framesOf(stream, cut) });
          const opened = new Set<number>();
          const open = opener(blobs);
          using unpacked = await unpack(
            { description, blobs: [] },
            {
              isInPlace: ({ path }) => !isWanted[Number(path.slice(1))],
              openBlob: (index, options) => {
                opened.add(index);
                return open(index, options);
              },
            },
          );
          const wanted = entries.filter((_, index) => isWanted[index]);
          expect(readTree(unpacked.staging)).toEqual(
            Object.fromEntries(wanted.map(({ path, content }) => [path, `file ${content}`])),
          );
          expect([...opened].sort((a, b) => a - b)).toEqual(blobsThatHold(stream, { sizes, isWanted, cut }));
        },
      ),
      FEW,
    );
  });
});

/** Whether something lies below a path that is not in the tree itself. */
function isFolder(tree: Readonly<Record<string, string>>, path: string): boolean {
  return Object.keys(tree).some((other) => other.startsWith(`${path}/`));
}

/** By counting bytes from the end of the stream: end mark, then each file with header and padding; what is left is the head. */
function blobsThatHold(
  stream: Uint8Array,
  {
    sizes,
    isWanted,
    cut,
  }: { readonly sizes: readonly number[]; readonly isWanted: readonly boolean[]; readonly cut: number },
): number[] {
  const runs: [start: number, end: number][] = [];
  let end = stream.byteLength - 1024;
  for (let index = sizes.length - 1; index >= 0; index--) {
    const start = end - 512 - Math.ceil((sizes[index] ?? 0) / 512) * 512;
    if (isWanted[index] === true) runs.push([start, end]);
    end = start;
  }
  runs.push([0, end]);
  if (isWanted.every(Boolean)) runs.push([0, stream.byteLength]);
  const needed = new Set<number>();
  for (const [start, stop] of runs)
    for (let at = start; at < stop; at = (Math.floor(at / cut) + 1) * cut) needed.add(Math.floor(at / cut));
  return [...needed].sort((a, b) => a - b);
}

const hasTools = spawnSync('tar', ['--version']).status === 0;

describe('any archive is plain tar', () => {
  (hasTools ? test : test.skip)('to the tar command', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        using source = tempDir();
        using target = tempDir();
        plant(source.path, tree);
        const result = await packed(source.path);
        if (result === undefined) return;
        const input = await plainTar(result);
        const tar = spawnSync('tar', ['-x', '-C', target.path], { input, encoding: 'utf8' });
        expect([tar.status, tar.stderr]).toEqual([0, '']);
        const { log: _, 'velocity.json': __, ...members } = readTree(target.path);
        const expected = Object.entries(readTree(source.path)).map(([path, text]) => [`outputs/${path}`, text]);
        expect(members).toEqual(Object.fromEntries(expected));
      }),
      FEW,
    );
  });

  test('to tar-stream, member by member', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        using source = tempDir();
        plant(source.path, tree);
        const result = await packed(source.path);
        if (result === undefined) return;
        const seen: string[] = [];
        const parser = extract();
        parser.on('entry', (header, stream, next) => {
          seen.push(`${header.type} ${header.name} ${header.size} ${header.linkname ?? ''}`);
          stream.on('end', next).resume();
        });
        const plain = await plainTar(result);
        await new Promise<void>((resolve, reject) => {
          parser.on('finish', () => resolve()).on('error', reject);
          Readable.from([plain]).pipe(parser);
        });
        const expected = result.manifest.entries.map((entry) => {
          const size = entry.type === 'file' ? entry.size : 0;
          const path = `outputs/${entry.path}${entry.type === 'directory' ? '/' : ''}`;
          return `${entry.type} ${path} ${size} ${entry.type === 'symlink' ? entry.target : ''}`;
        });
        expect(seen.slice(2)).toEqual(expected);
      }),
      FEW,
    );
  });
});

async function plainTar({ blobs }: Packed): Promise<Buffer> {
  return Buffer.concat(await Promise.all(blobs.map((blob) => codec.decompress(blob.bytes, blob.unpackedSize))));
}
