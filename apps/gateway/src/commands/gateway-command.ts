import { readFile } from 'node:fs/promises';
import { Command, Option } from 'clipanion';
import { AuditFile } from '../audit/audit-file.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { loadConfig } from '../config/load-config.js';
import type { LoadedConfig } from '../config/load-config.js';
import { createLogger, errorFields } from '../logger.js';
import type { Logger } from '../logger.js';
import { machine } from '../machine.js';
import type { CliContext } from './cli-context.js';
import { printFailure, printProblems } from './print-failure.js';

/** What all commands share: Polykit's flags, and how failures are told. */
export abstract class GatewayCommand extends Command<CliContext> {
  storageDir = Option.String('--storage-dir', { description: 'Directory of the local driver (VC_LOCAL_ROOT)' });
  bind = Option.String('--bind', { description: 'Address to listen on (VC_BIND)' });
  port = Option.String('--port', { description: 'Port to listen on, 0 for a free one (VC_PORT)' });
  maxSize = Option.String('--max-size', { description: 'Largest artifact (VC_MAX_ARTIFACT_SIZE)' });
  logLevel = Option.String('--log-level', { description: 'debug, info, warn or error (VC_LOG_LEVEL)' });

  /** The command itself, with a configuration that is sound. Resolves to the exit code. */
  protected abstract run(loaded: LoadedConfig, logger: Logger): Promise<number>;

  override async execute(): Promise<number> {
    const { stderr, environment } = this.context;
    try {
      const loaded = await loadConfig(environment, this, readText);
      if (!loaded.ok) {
        printProblems(stderr, loaded.problems);
        return 1;
      }
      return await this.#runAudited(loaded.value);
    } catch (error) {
      printFailure(stderr, error);
      return 1;
    }
  }

  /** With a log whose audit lines are all written when it is over. */
  async #runAudited(loaded: LoadedConfig): Promise<number> {
    const { stderr } = this.context;
    const { logLevel: level, secrets, auditFile } = loaded.config;
    const write = (line: string): void => void stderr.write(line);
    const onFailure = (error: unknown): void => logger.error('the audit file cannot be written', errorFields(error));
    await using file = auditFile === undefined ? undefined : await AuditFile.open(auditFile, onFailure);
    const audit = new AuditTrail(machine.newId().slice(0, 8), file);
    const logger: Logger = createLogger({ level, write, now: machine.now, secrets, audit });
    try {
      return await this.run(loaded, logger);
    } finally {
      // Without it, lines dropped from the end would not be missed.
      if (!audit.isEmpty) logger.info('the audit trail ends', { audit: true, event: 'audit.ended' });
    }
  }
}

export function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
