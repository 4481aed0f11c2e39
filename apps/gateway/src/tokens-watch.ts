import { stat } from 'node:fs/promises';
import type { GatewayConfig } from './config/config.js';
import { reloadGrants } from './config/load-config.js';
import type { Logger } from './logger.js';
import type { PrincipalRegistry, TokenGrant } from './principals.js';

export interface TokensWatchOptions {
  readonly config: Pick<GatewayConfig, 'grants' | 'tokensFile' | 'namespace'>;
  readonly principals: PrincipalRegistry;
  /** Those in force at the start. */
  readonly grants: readonly TokenGrant[];
  readonly logger: Logger;
  readonly now: () => number;
  readonly readText: (path: string) => Promise<string>;
}

/**
 * A revoked token has to end within a second. Looking is one `stat`; `fs.watch` would miss files that are replaced through links, as
 * Kubernetes does, and those of network file systems.
 */
const LOOK_EVERY_MS = 200;
/** File systems tell times by their clock's ticks, some by seconds: a file that changed so lately may change again and look the same. */
const SETTLED_AFTER_MS = 3000;

/** Keeps the tokens in force those of the tokens file. A file with a mistake, or none, changes nothing: the old tokens stay. */
export class TokensWatch implements Disposable {
  readonly #options: TokensWatchOptions;
  #inForce: readonly TokenGrant[];
  /** What the file looked like when it was read. Undefined: to be read in any case. */
  #seen: string | undefined;
  /** What was said last to be wrong with it, so that it is not said at every look. */
  #lastProblems = '';
  /** One look after the other: what was read first must not be put in force last. */
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  static start(options: TokensWatchOptions): TokensWatch {
    const watch = new TokensWatch(options);
    if (options.config.tokensFile !== undefined) watch.#schedule(options.config.tokensFile);
    return watch;
  }

  private constructor(options: TokensWatchOptions) {
    this.#options = options;
    this.#inForce = options.grants;
  }

  /** Reads the file whatever it looks like, and says what came of it. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#read({ isAsked: true }));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }

  #schedule(path: string): void {
    if (this.#isDisposed) return;
    this.#timer = setTimeout(() => {
      void this.#inTurn(() => this.#look(path)).finally(() => this.#schedule(path));
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }

  async #look(path: string): Promise<void> {
    const looks = await looksOf(path, this.#options.now());
    if (looks !== undefined && looks === this.#seen) return;
    await this.#read({ isAsked: false });
    this.#seen = looks;
  }

  async #read({ isAsked }: { readonly isAsked: boolean }): Promise<void> {
    const { config, principals, logger, readText } = this.#options;
    const checked = await reloadGrants(config, readText);
    if (this.#isDisposed) return;
    if (!checked.ok) {
      const problems = JSON.stringify(checked.problems);
      if (!isAsked && problems === this.#lastProblems) return;
      this.#lastProblems = problems;
      const fields = { audit: true, event: 'tokens.refused', problems: checked.problems };
      logger.error('the tokens file has problems; the old tokens stay', fields);
      return;
    }
    this.#lastProblems = '';
    const added = namesOfMissing(checked.value, this.#inForce);
    const removed = namesOfMissing(this.#inForce, checked.value);
    if (!isAsked && added.length === 0 && removed.length === 0) return;
    principals.replace(checked.value);
    this.#inForce = checked.value;
    const tokens = checked.value.length;
    logger.info('tokens read again', { audit: true, event: 'tokens.reloaded', tokens, added, removed });
  }
}

/** Undefined for a file that is gone or not settled. */
async function looksOf(path: string, nowMs: number): Promise<string | undefined> {
  try {
    const { ino, dev, size, mtimeMs, ctimeMs } = await stat(path);
    return nowMs - ctimeMs < SETTLED_AFTER_MS ? undefined : [dev, ino, size, mtimeMs, ctimeMs].join();
  } catch {
    // Reading it fails in the same way, and says so.
    return undefined;
  }
}

/** Of the tokens in `grants` that `others` do not have with the same rights. */
function namesOfMissing(grants: readonly TokenGrant[], others: readonly TokenGrant[]): string[] {
  const known = new Set(others.map(identityOf));
  return grants.filter((grant) => !known.has(identityOf(grant))).map(({ name }) => name);
}

/** All but its place in the file. */
function identityOf({ name, role, namespace, scope, sha256, notAfterMs }: TokenGrant): string {
  return JSON.stringify([name, role, namespace, scope, sha256, notAfterMs]);
}
