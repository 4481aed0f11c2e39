import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheKeyOf, digestOf, type Fingerprint } from '@velocity/core';
import {
  createNativeCodec,
  createWasmCodec,
  describeArtifact,
  encodeLogFrame,
  packArtifact,
  scanOutputs,
  unpackArtifact,
  type ArtifactDescription,
  type ArtifactInfo,
  type Codec,
  type Manifest,
  type OpenBlob,
  type OutputStats,
  type PackedBlob,
  type StagedArtifact,
  type UnpackArtifactOptions,
} from '@velocity/artifact';
import { tempDir, type TempDir } from '@velocity/testing';

export const wasm = createWasmCodec();
export const native = createNativeCodec();
/** Those that this runtime has; the first is what `selectCodec` would take. */
export const codecs: readonly Codec[] = native === undefined ? [wasm] : [native, wasm];
export const codec = codecs[0] as Codec;

const fingerprint: Fingerprint = {
  format: 1,
  project: '',
  package: 'web',
  directory: 'packages/web',
  task: 'build',
  command: { kind: 'shell', text: 'tsc' },
  args: [],
  platform: 'linux-x64',
  toolchains: { node: 'v20.20.2' },
  global: { inputs: [], env: {}, dotenv: {} },
  inputs: [],
  env: {},
  dotenv: {},
  lockfile: {},
  dependencies: {},
  outputs: ['dist/**'],
};

export const info: ArtifactInfo = { key: cacheKeyOf(fingerprint), fingerprint, task: 'web#build', durationMs: 1234 };

export const log = Buffer.concat([
  encodeLogFrame('stdout', Buffer.from('compiling…\n')),
  encodeLogFrame('stderr', Buffer.from('a warning\n')),
  encodeLogFrame('stdout', Buffer.from('done\n')),
]);

export interface Packed {
  readonly manifest: Manifest;
  readonly stats: OutputStats;
  readonly description: ArtifactDescription;
  readonly blobs: readonly PackedBlob[];
}

/** Everything below `root`: files, links and folders, as a walker of the agent would list them. */
export function pathsBelow(root: string, prefix = ''): string[] {
  return readdirSync(join(root, prefix), { withFileTypes: true }).flatMap((child) => {
    const path = prefix === '' ? child.name : `${prefix}/${child.name}`;
    return child.isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
  });
}

export async function pack(
  root: string,
  options: {
    readonly codec?: Codec;
    readonly level?: number;
    readonly log?: Uint8Array;
    readonly info?: ArtifactInfo;
  } = {},
): Promise<Packed> {
  const { manifest, stats } = await scanOutputs({ root, paths: pathsBelow(root) });
  const content = options.log ?? log;
  const blobs: PackedBlob[] = [];
  const packing = packArtifact({
    root,
    manifest,
    info: options.info ?? info,
    log: { size: content.byteLength, digest: digestOf(content), chunks: () => [content] },
    codec: options.codec ?? codec,
    level: options.level,
  });
  for await (const blob of packing) blobs.push(blob);
  return { manifest, stats, description: describeArtifact(manifest, blobs), blobs };
}

/** Hands out blobs in pieces, as a network would. */
export function opener(blobs: readonly { readonly bytes: Uint8Array }[], pieceSize = 50_000): OpenBlob {
  return async function* open(index) {
    const bytes = blobs[index]?.bytes ?? new Uint8Array();
    for (let start = 0; start < bytes.byteLength; start += pieceSize) yield bytes.subarray(start, start + pieceSize);
  };
}

export interface Unpacked extends Disposable {
  readonly dir: TempDir;
  readonly staging: string;
  readonly logFile: string;
  readonly staged: StagedArtifact;
}

/** Unpacks into a folder of its own, which holds nothing else but what a bug would put there. */
export async function unpack(
  packed: Pick<Packed, 'description' | 'blobs'>,
  options: Partial<UnpackArtifactOptions> = {},
): Promise<Unpacked> {
  const dir = tempDir();
  try {
    const staging = dir.join('staging');
    const logFile = dir.join('log');
    mkdirSync(staging, { mode: 0o700 });
    const staged = await unpackArtifact({
      description: packed.description,
      openBlob: opener(packed.blobs),
      codec,
      stagingDir: staging,
      logFile,
      accepts: () => true,
      ...options,
    });
    return { dir, staging, logFile, staged, [Symbol.dispose]: () => dir[Symbol.dispose]() };
  } catch (error) {
    dir[Symbol.dispose]();
    throw error;
  }
}

/** Bytes that no codec makes smaller, the same for the same seed: xorshift32 (Marsaglia, 2003). */
export function noise(size: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = Math.imul(seed, 2_654_435_761) | 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, size);
}
