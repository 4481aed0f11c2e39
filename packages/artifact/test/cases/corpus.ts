import { BOMB_CASES } from './bombs.js';
import { DESCRIPTION_CASES } from './descriptions.js';
import { ENTRY_CASES } from './entries.js';
import { FRAME_CASES } from './frames.js';
import type { Cases } from './hostile-case.js';
import { MEMBER_CASES } from './members.js';
import { METADATA_CASES } from './metadata.js';

/** All of them, by the part of an artifact that lies. */
export const CORPUS: Readonly<Record<string, Cases>> = {
  descriptions: DESCRIPTION_CASES,
  frames: FRAME_CASES,
  metadata: METADATA_CASES,
  entries: ENTRY_CASES,
  members: MEMBER_CASES,
  bombs: BOMB_CASES,
};
