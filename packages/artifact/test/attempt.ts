import { describe, expect, test } from '@jest/globals';
import { unpackArtifact, type OpenBlob } from '@velocity/artifact';
import { readTree, tempDir, writeTree } from '@velocity/testing';
import { END, forge, honestFile, metadataText, rawMember, type Forged, type Forgery } from './forge.js';
import { codecs, log, opener } from './support.js';

export type Code = 'ARTIFACT_CORRUPT' | 'ARTIFACT_UNSAFE' | 'ARTIFACT_TOO_LARGE';

export const MIB = 1024 ** 2;

export interface Attempt {
  readonly code: string;
  readonly written: number;
}

/** Unpacks next to a file that must stay, and says what came of it. */
export async function attempt(
  forged: Forged,
  codec = codecs[0],
  openBlob: OpenBlob = opener(forged.blobs),
): Promise<Attempt> {
  using dir = tempDir();
  writeTree(dir.path, { 'work/staging': { dir: true }, 'outside/precious': 'x', 'work/precious': 'x' });
  let code = 'accepted';
  try {
    if (codec === undefined) throw new Error('no codec');
    await unpackArtifact({
      description: forged.description,
      openBlob,
      codec,
      stagingDir: dir.join('work/staging'),
      logFile: dir.join('work/log'),
      accepts: (path) => !path.startsWith('src/'),
    });
  } catch (error) {
    code = (error as { code?: string }).code ?? String(error);
  }
  const { 'work/log': _, ...tree } = readTree(dir.path);
  const outside = Object.entries(tree).filter(([path]) => !path.startsWith('work/staging'));
  expect(outside).toEqual([
    ['outside/precious', 'file x'],
    ['work/precious', 'file x'],
  ]);
  const written = Object.values(tree).reduce((sum, text) => sum + text.length, 0);
  return { code, written };
}

export type Cases = Readonly<Record<string, readonly [Code, () => Forgery]>>;

/** Each case as a test: refused with its code, at most 1 MiB written, nothing outside of staging. */
export function testCases(cases: Cases): void {
  describe.each(codecs)('with the $name codec', (codec) => {
    test.each(Object.entries(cases))('%s', async (_, [code, forgery]) => {
      const { code: actual, written } = await attempt(forge(forgery()), codec);
      expect(actual).toBe(code);
      expect(written).toBeLessThan(MIB);
    });
  });
}

export const ENTRY = honestFile('dist/a.js', 'a');
export const entryText = JSON.stringify(ENTRY);
export const TEXT = metadataText([ENTRY]);
export const MEMBER = rawMember({ name: 'outputs/dist/a.js' }, 'a');
export const HEAD = Buffer.concat([rawMember({ name: 'velocity.json' }, TEXT), rawMember({ name: 'log' }, log)]);
export const honestStream = Buffer.concat([HEAD, MEMBER, END]);
