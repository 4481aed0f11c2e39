// @ts-check
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomNumbers } from './random.mjs';
import { sourceText } from './source-text.mjs';

/**
 * @typedef {object} LargeOutput
 * @property {string} directory
 * @property {number} megabytes
 * @property {number} fileCount
 * @property {'text' | 'random' | 'mixed'} content `random` cannot be compressed; `mixed` is every second file
 */

/** @type {readonly LargeOutput[]} */
export const LARGE_OUTPUTS = [
  { directory: 'archive', megabytes: 100, fileCount: 1, content: 'random' },
  { directory: 'images', megabytes: 50, fileCount: 25, content: 'random' },
  { directory: 'bundle', megabytes: 100, fileCount: 1, content: 'text' },
  { directory: 'chunks', megabytes: 50, fileCount: 25, content: 'text' },
  { directory: 'small-files', megabytes: 50, fileCount: 5000, content: 'text' },
  { directory: 'few-mixed', megabytes: 200, fileCount: 20, content: 'mixed' },
  { directory: 'source-maps', megabytes: 100, fileCount: 10, content: 'text' },
  { directory: 'many-mixed', megabytes: 50, fileCount: 1000, content: 'mixed' },
  { directory: 'media', megabytes: 100, fileCount: 100, content: 'random' },
  { directory: 'text', megabytes: 100, fileCount: 10, content: 'text' },
];

const CHUNK_BYTES = 1 << 20;
const FILES_PER_FOLDER = 100;

/** Writes what the builds of the large packages copy, unless it is there. @param {string} folder @param {number} scale share of the full size; there are fewer files, too, and smaller ones */
export function writeLargeOutputs(folder, scale) {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  LARGE_OUTPUTS.forEach((output, index) =>
    writeOutput(join(unfinished, output.directory), output, { scale, seed: index }),
  );
  renameSync(unfinished, folder);
}

/** @param {string} folder @param {LargeOutput} output @param {{ scale: number, seed: number }} options */
function writeOutput(folder, { megabytes, fileCount, content }, { scale, seed }) {
  const random = randomNumbers(1, 99, seed);
  const count = Math.ceil(fileCount * Math.sqrt(scale));
  const sizeBytes = Math.floor((megabytes * scale * 1e6) / count);
  for (let file = 0; file < count; file += 1) {
    const isText = content === 'text' || (content === 'mixed' && file % 2 === 1);
    const parent = fileCount > FILES_PER_FOLDER ? join(folder, `d${Math.floor(file / FILES_PER_FOLDER)}`) : folder;
    mkdirSync(parent, { recursive: true });
    writeChunks(join(parent, `f${file}.${isText ? 'js' : 'bin'}`), sizeBytes, (length) =>
      isText ? Buffer.from(sourceText(random, length)) : randomBytes(random, length),
    );
  }
}

/** @param {string} file @param {number} sizeBytes @param {(length: number) => Buffer} next */
function writeChunks(file, sizeBytes, next) {
  const descriptor = openSync(file, 'w');
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) writeSync(descriptor, next(Math.min(left, CHUNK_BYTES)));
  closeSync(descriptor);
}

/** @param {() => number} random @param {number} length */
function randomBytes(random, length) {
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, random);
  return Buffer.from(words.buffer, 0, length);
}
