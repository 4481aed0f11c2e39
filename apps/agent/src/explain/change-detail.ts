import {
  diffFingerprints,
  unreachable,
  type Fingerprint,
  type FingerprintChange,
  type FingerprintInput,
} from '@velocity/core';
import { describeChange } from './describe-change.js';

/** One change with both sides, as far as they may be shown. Values of environment variables never are. */
export interface ChangeDetail {
  readonly kind: FingerprintChange['kind'];
  /** What changed: a path, a name, a task; absent where the kind says it all. */
  readonly name?: string;
  /** For people. */
  readonly text: string;
  readonly before?: string;
  readonly after?: string;
  /** Why a dependency's key changed, where that could be found out. */
  readonly because?: readonly ChangeDetail[];
}

const SHORT = 12;

/** Every change between two fingerprints; empty when nothing that could be pointed at differs. */
export function detailChanges(before: Fingerprint, after: Fingerprint): ChangeDetail[] {
  return diffFingerprints(before, after).map((change) => {
    const [old, now] = sidesOf(before, after, change);
    return {
      kind: change.kind,
      ...nameOf(change),
      text: describeChange(change),
      ...(old !== undefined && { before: old }),
      ...(now !== undefined && { after: now }),
    };
  });
}

function nameOf(change: FingerprintChange): { readonly name?: string } {
  if ('path' in change) return { name: change.path };
  if ('name' in change) return { name: change.name };
  return 'task' in change ? { name: change.task } : {};
}

type Sides = readonly [before: string | undefined, after: string | undefined];

function sidesOf(before: Fingerprint, after: Fingerprint, change: FingerprintChange): Sides {
  const both = (side: (print: Fingerprint) => string | undefined): Sides => [side(before), side(after)];
  switch (change.kind) {
    case 'input':
      return both(({ inputs }) => inputText(inputs, change.path));
    case 'global-input':
      return both(({ global }) => inputText(global.inputs, change.path));
    case 'toolchain':
    case 'lockfile':
      return [change.before, change.after];
    case 'dependency':
      return both(({ dependencies }) => dependencies[change.task]);
    case 'command':
      return both(({ command }) => commandText(command));
    case 'arguments':
      return both(({ args }) => args.join(' '));
    case 'outputs':
      return both(({ outputs }) => outputs.join(' '));
    case 'platform':
      return both(({ platform }) => platform);
    case 'project':
      return both(({ project }) => project);
    case 'location':
      return both((print) => `${print.package}#${print.task} in ${print.directory || 'the root'}`);
    case 'env':
    case 'global-env':
    case 'dotenv':
    case 'global-dotenv':
      return [undefined, undefined];
    default:
      return unreachable(change);
  }
}

function inputText(inputs: readonly FingerprintInput[], path: string): string | undefined {
  const input = inputs.find((item) => item.path === path);
  return input && `${input.type} ${input.digest.slice(0, SHORT)}`;
}

function commandText(command: Fingerprint['command']): string {
  if (command.kind === 'none') return '';
  return command.kind === 'shell' ? command.text : JSON.stringify(command.argv);
}
