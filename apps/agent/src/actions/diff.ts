import type { AgentContext } from '../agent-context.js';
import { detailChanges, type ChangeDetail } from '../explain/change-detail.js';
import { findEntry } from '../explain/find-entry.js';
import { Inspection } from '../explain/inspection.js';
import { printChanges } from '../explain/print-changes.js';
import type { Reference } from '../explain/reference.js';
import { createStyle } from '../reporters/style.js';
import { storeSettings, type StoreFlags } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';

export interface DiffRequest {
  readonly before: string;
  readonly after: string;
  readonly isJson: boolean;
  readonly stores: StoreFlags;
}

/** Says in what two stored results differ, of everything that decides a key. @throws VelocityError `USAGE` for a key that no store has */
export async function diff(workspace: OpenWorkspace, context: AgentContext, request: DiffRequest): Promise<number> {
  const { root, config } = workspace;
  await using inspection = new Inspection({ root, context, settings: storeSettings(config, request.stores, context) });
  const options = { stores: await inspection.readable(), codec: inspection.codec };
  const before = await findEntry(request.before, options);
  const after = await findEntry(request.after, options);
  const changes = detailChanges(before.fingerprint, after.fingerprint);
  context.stdout.write(
    request.isJson
      ? `${JSON.stringify({ version: 1, before: sideOf(before), after: sideOf(after), changes }, undefined, 2)}\n`
      : toText(before, after, { changes, hasColor: context.hasColor }),
  );
  return 0;
}

function sideOf({ source, key, createdAt, fingerprint }: Reference): object {
  return { source, key, createdAt, task: taskOf(fingerprint) };
}

function toText(
  before: Reference,
  after: Reference,
  { changes, hasColor }: { readonly changes: readonly ChangeDetail[]; readonly hasColor: boolean },
): string {
  const style = createStyle(hasColor);
  const [left, right] = [before, after].map(({ key, fingerprint }) => `${key.slice(0, 8)} (${taskOf(fingerprint)})`);
  const lines = changes.length === 0 ? ['  nothing differs'] : printChanges(changes, style);
  return `${[`${left} → ${right}`, ...lines].join('\n')}\n`;
}

function taskOf({ package: owner, task }: Reference['fingerprint']): string {
  return `${owner}#${task}`;
}
