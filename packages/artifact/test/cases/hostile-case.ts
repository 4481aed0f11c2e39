import { END, honestFile, metadataText, rawMember, type Forgery } from '../forge.js';
import { log } from '../support.js';

export type Code = 'ARTIFACT_CORRUPT' | 'ARTIFACT_UNSAFE' | 'ARTIFACT_TOO_LARGE';

export const MIB = 1024 ** 2;

/** What an attack may aim at. */
export interface Place {
  /** The path of a file, outside of all that the unpacking may touch. */
  readonly precious: string;
}

export interface CaseOptions {
  readonly platform?: 'win32';
  /** Bytes that it says it has, which may be written until the lie shows; 1 MiB more is too much. */
  readonly honestBytes?: number;
}

/** An artifact that must be refused, and how. */
export type HostileCase = readonly [code: Code, forgery: (place: Place) => Forgery, options?: CaseOptions];

export type Cases = Readonly<Record<string, HostileCase>>;

export const ENTRY = honestFile('dist/a.js', 'a');
export const entryText = JSON.stringify(ENTRY);
export const TEXT = metadataText([ENTRY]);
export const MEMBER = rawMember({ name: 'outputs/dist/a.js' }, 'a');
export const HEAD = Buffer.concat([rawMember({ name: 'velocity.json' }, TEXT), rawMember({ name: 'log' }, log)]);
export const honestStream = Buffer.concat([HEAD, MEMBER, END]);
