// @ts-check
import { lchownSync } from 'node:fs';
import { join } from 'node:path';
import { listTree } from './tree.mjs';

/** Makes everything below a folder, and the folder, somebody else's. Only root can. @param {string} folder @param {number} uid */
export function giveAway(folder, uid) {
  lchownSync(folder, uid, uid);
  for (const path of listTree(folder)) lchownSync(join(folder, path), uid, uid);
}
