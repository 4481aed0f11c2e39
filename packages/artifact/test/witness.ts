/**
 * Unpacks artifacts in a process of its own and says what came of each: so that an error that nobody could catch, and memory that nobody
 * freed, show. Arguments: the codec, a folder with one folder for each artifact (see `observe.ts`), then the names of these.
 */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { deserialize } from 'node:v8';
import { errorMessage, isVelocityError } from '@velocity/core';
import {
  createNativeCodec,
  createWasmCodec,
  unpackArtifact,
  type ArtifactDescription,
  type OpenBlob,
} from '@velocity/artifact';
import type { Observation } from './observe.js';

const [codecName, folder = '', ...names] = process.argv.slice(2);
const codec = codecName === 'native' ? createNativeCodec() : createWasmCodec();
if (codec === undefined) throw new Error(`no codec ${codecName}`);
// Small frames need no codec: an artifact that is the first one to need it would be charged for it.
await codec.compress(Buffer.alloc(1024 ** 2), 1);
const measuresMemory = process.platform === 'linux';
const MIB = 1024 ** 2;

/** After the first artifact, an honest one: the process, its code and the codec. */
let baseMib: number | undefined;
for (const name of names) {
  process.stdout.write(`${JSON.stringify({ started: name })}\n`);
  const observation = await observe(name);
  process.stdout.write(`${JSON.stringify(observation)}\n`);
}

async function observe(name: string): Promise<Observation> {
  const artifact = join(folder, 'artifacts', name);
  const { description, platform } = deserialize(readFileSync(join(artifact, 'description'))) as {
    description: ArtifactDescription;
    platform?: NodeJS.Platform;
  };
  const work = join(folder, 'case', 'work');
  mkdirSync(join(work, 'staging'), { recursive: true });
  const before = surroundings(work);
  await collectGarbage();
  // Peak memory is counted from here (proc_pid_clear_refs(5)).
  if (measuresMemory) writeFileSync('/proc/self/clear_refs', '5');
  let code = 'accepted';
  let message = '';
  try {
    await unpackArtifact({
      description,
      openBlob: blobsIn(artifact),
      codec: codec as NonNullable<typeof codec>,
      stagingDir: join(work, 'staging'),
      logFile: join(work, 'log'),
      accepts: (path) => !path.startsWith('src/'),
      platform,
    });
  } catch (error) {
    message = errorMessage(error);
    code = isVelocityError(error) ? error.code : `crashed: ${message}`;
  }
  const peakMib = statusMib('VmHWM');
  const escaped = surroundings(work) !== before;
  const { writtenBytes, links } = measure(work);
  rmSync(work, { recursive: true });
  await collectGarbage();
  baseMib ??= statusMib('VmRSS');
  return { name, code, message, extraMib: Math.max(0, peakMib - baseMib), writtenBytes, links, escaped };
}

/** More than once: buffers are freed by another thread, and what they leave is seen only by the next collection. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    (globalThis as { gc?: () => void }).gc?.();
    await setTimeout(10);
  }
}

/** In pieces that are gone when the next is asked for: what a source leaves to the collector is not the unpacker's. */
function blobsIn(place: string): OpenBlob {
  return async function* open(index) {
    const piece = Buffer.allocUnsafeSlow(65_536);
    const fd = openSync(join(place, String(index)), 'r');
    try {
      for (let size = readSync(fd, piece, 0, 65_536, null); size > 0; size = readSync(fd, piece, 0, 65_536, null))
        yield piece.subarray(0, size);
    } finally {
      closeSync(fd);
    }
  };
}

function statusMib(field: string): number {
  if (!measuresMemory) return 0;
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'latin1'));
  return (Number(match?.[1]) * 1024) / MIB;
}

/** All that lies around `work`: type, mode, owner, size, times, inode and links of each, and the content of files. */
function surroundings(work: string): string {
  const lines: string[] = [];
  const visit = (path: string): void => {
    if (path === work) return;
    const { mode, uid, gid, size, mtimeMs, ctimeMs, ino, nlink } = lstatSync(path);
    lines.push([path, mode, uid, gid, size, mtimeMs, ctimeMs, ino, nlink].join(' '));
    if ((mode & 0o170_000) === 0o100_000) lines.push(readFileSync(path, 'latin1'));
    if ((mode & 0o170_000) !== 0o040_000 || path === join(folder, 'artifacts')) return;
    for (const child of readdirSync(path)) visit(join(path, child));
  };
  visit(folder);
  return lines.join('\n');
}

/** Bytes of the files in staging and of the log, and how many links there are. */
function measure(path: string): { writtenBytes: number; links: number } {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return { writtenBytes: 0, links: 1 };
  if (!stats.isDirectory()) return { writtenBytes: stats.size, links: 0 };
  let [writtenBytes, links] = [0, 0];
  for (const child of readdirSync(path)) {
    const below = measure(join(path, child));
    writtenBytes += below.writtenBytes;
    links += below.links;
  }
  return { writtenBytes, links };
}
