import { errorMessage, isVelocityError } from '@velocity/core';
import type { Environment } from '../env.js';
import type { ConfigProblem } from './config.js';
import type { VariableName } from './variables.js';

/** One setting as it was given: by a flag or by its variable. */
export interface Setting {
  /** How a message calls it: `--port` or `VC_PORT`. */
  readonly where: string;
  readonly text: string;
}

/** Reads settings and gathers everything that is wrong with them. */
export class SettingsReader {
  readonly problems: ConfigProblem[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  report(where: string, message: string, hint?: string): void {
    this.problems.push({ where, message, hint });
  }

  text(variable: VariableName): string | undefined {
    return this.#env[variable];
  }

  /** The flag where it is given, else the variable. */
  setting(
    variable: VariableName,
    flag?: { readonly name: string; readonly text: string | undefined },
  ): Setting | undefined {
    if (flag?.text !== undefined) return { where: flag.name, text: flag.text };
    const text = this.#env[variable];
    return text === undefined ? undefined : { where: variable, text };
  }

  /** `parse` of the setting, or `fallback` when it is absent or wrong; a `VelocityError` becomes a problem. */
  parsed<T>(setting: Setting | undefined, fallback: T, parse: (text: string) => T): T {
    if (setting === undefined) return fallback;
    try {
      return parse(setting.text);
    } catch (error) {
      this.report(setting.where, errorMessage(error), isVelocityError(error) ? error.hint : undefined);
      return fallback;
    }
  }
}
