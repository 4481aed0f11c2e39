export { tempDir } from './temp-dir.js';
export { readTree, writeTree } from './write-tree.js';

export type { TempDir } from './temp-dir.js';
export type { Tree, TreeNode } from './write-tree.js';
