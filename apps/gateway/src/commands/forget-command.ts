import { isCacheKey, VelocityError } from '@velocity/core';
import { namespaceSchema, scopeSchema } from '@velocity/protocol';
import { Command, Option } from 'clipanion';
import * as v from 'valibot';
import type { LoadedConfig } from '../config/load-config.js';
import { createDriver } from '../create-driver.js';
import type { Forgotten } from '../forget-entries.js';
import { forgetEntries } from '../forget-entries.js';
import type { Logger } from '../logger.js';
import { machine } from '../machine.js';
import { ProcessWatch } from '../process-watch.js';
import { GatewayCommand } from './gateway-command.js';

export class ForgetCommand extends GatewayCommand {
  static override paths = [['forget']];
  static override usage = Command.Usage({
    description: 'Remove entries: of a key, of what one run wrote, or of a whole scope',
    details: `
      Removes records and their history from the store, with an audit line for each; blobs that nothing cites any more go with the next sweep.
      Gateways that run remember records for up to ten minutes: SIGHUP makes them look again at once. What clients have downloaded stays with them.
    `,
    examples: [
      ['What a token of this name, or a run of this id, has written', '$0 forget --run 4711'],
      ['All that one pull request has written', '$0 forget --scope pr-812'],
    ],
  });

  key = Option.String({ required: false });
  runId = Option.String('--run', { description: 'What this run, or the token of this name, wrote' });
  scope = Option.String('--scope', { description: 'Everything of this scope; trusted is one too' });
  namespace = Option.String('--namespace', { description: 'In this namespace (VC_NAMESPACE)' });
  isDry = Option.Boolean('--dry', false, { description: 'Only say how much it would be' });

  protected override async run({ config }: LoadedConfig, logger: Logger): Promise<number> {
    const what = this.#what();
    const namespace = checked(namespaceSchema, this.namespace ?? config.namespace, 'namespace');
    using watch = new ProcessWatch({ logger });
    const { driver } = await createDriver(config.storage, machine);
    await using _closed = driver;
    const context = { driver, logger, signal: watch.stopping, isDry: this.isDry };
    const { records, history } = await forgetEntries(context, namespace, what);
    const verb = this.isDry ? 'would remove' : 'removed';
    this.context.stdout.write(`${verb} ${records} records and ${history} history entries of namespace ${namespace}\n`);
    return 0;
  }

  /** @throws VelocityError `USAGE` unless it is exactly one of the three */
  #what(): Forgotten {
    const { key, runId: run, scope } = this;
    if ([key, run, scope].filter((given) => given !== undefined).length !== 1) {
      throw new VelocityError('USAGE', 'forget takes one of a key, --run <id> and --scope <name>');
    }
    if (run !== undefined) return { by: 'run', run };
    if (scope !== undefined) return { by: 'scope', scope: checked(scopeSchema, scope, 'scope') };
    if (key !== undefined && isCacheKey(key)) return { by: 'key', key };
    throw new VelocityError('USAGE', `not a key: ${String(key)}`, { hint: 'a key has 64 hexadecimal digits' });
  }
}

/** @throws VelocityError `USAGE` */
function checked(schema: typeof namespaceSchema, text: string, what: string): string {
  const parsed = v.safeParse(schema, text);
  if (parsed.success) return parsed.output;
  throw new VelocityError('USAGE', `not a ${what}: ${text}`, { hint: parsed.issues[0].message });
}
