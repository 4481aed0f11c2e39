/** What is wrong: a program may compare it, the message is for people. */
export type WorkspaceProblemKind =
  | 'syntax'
  | 'shape'
  | 'unreadable'
  | 'duplicate-name'
  | 'invalid-name'
  | 'unknown-dependency'
  | 'missing-member'
  | 'lockfile';

/** Something in the workspace that a person has to mend. */
export interface WorkspaceProblem {
  readonly kind: WorkspaceProblemKind;
  readonly message: string;
  /** Relative to the workspace. */
  readonly file: string;
  /** Counted from 1, as is `column`. */
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
}
