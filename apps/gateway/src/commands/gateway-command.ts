import { readFile } from 'node:fs/promises';
import { Command, Option } from 'clipanion';
import { loadConfig } from '../config/load-config.js';
import type { LoadedConfig } from '../config/load-config.js';
import { createLogger } from '../logger.js';
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
      const { logLevel: level, secrets } = loaded.value.config;
      const write = (line: string): void => void stderr.write(line);
      return await this.run(loaded.value, createLogger({ level, write, now: machine.now, secrets }));
    } catch (error) {
      printFailure(stderr, error);
      return 1;
    }
  }
}

export function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
