import { errorMessage } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { ownPath } from '../workspace/own-folder.js';
import { openStores, type OpenStores } from './open-stores.js';
import type { StoreSettings } from './store-settings.js';

export interface ReadingStoresOptions {
  readonly root: string;
  readonly settings: StoreSettings;
  readonly context: AgentContext;
  readonly warn: (message: string) => void;
}

/** The stores for a command that only looks: opened when they are first needed; one that cannot be asked is a warning. */
export class ReadingStores implements AsyncDisposable {
  readonly #options: ReadingStoresOptions;
  #stores: Promise<OpenStores> | undefined;

  constructor(options: ReadingStoresOptions) {
    this.#options = options;
  }

  open(): Promise<OpenStores> {
    this.#stores ??= this.#open();
    return this.#stores;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#stores)?.[Symbol.asyncDispose]();
  }

  #open(): Promise<OpenStores> {
    const { root, settings, context, warn } = this.#options;
    if (settings.remoteProblem !== undefined) warn(`the remote is not asked: ${settings.remoteProblem.message}`);
    return openStores(settings, context, {
      onRemoteOff: (failure) => warn(`the remote is not asked: ${errorMessage(failure)}`),
      fallback: {
        folder: ownPath(root, 'tmp', `${context.processId}-look`),
        onLocalOff: (failure) => warn(`the local store is not asked: ${errorMessage(failure)}`),
      },
    });
  }
}
