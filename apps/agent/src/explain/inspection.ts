import { selectCodec } from '@velocity/artifact';
import type { AgentContext } from '../agent-context.js';
import type { DiskViews } from '../plan/disk-views.js';
import { Survey } from '../run/survey.js';
import { lookUp } from '../stores/look-up.js';
import type { OpenStores } from '../stores/open-stores.js';
import { ReadingStores } from '../stores/reading-stores.js';
import type { StoreSettings } from '../stores/store-settings.js';
import { TaskStates } from '../tasks/task-states.js';
import { ownPath } from '../workspace/own-folder.js';
import { Explainer } from './explainer.js';

export interface InspectionOptions {
  readonly root: string;
  readonly context: AgentContext;
  readonly settings: StoreSettings;
  /** How outputs are looked for. */
  readonly views?: DiskViews;
}

/** What a command needs that says what a run would find, and why; no store is opened before something is asked of it. */
export class Inspection implements AsyncDisposable {
  readonly states: TaskStates;
  readonly survey: Survey;
  readonly explainer: Explainer;
  readonly codec = selectCodec();
  readonly #reading: ReadingStores;
  readonly #settings: StoreSettings;

  constructor({ root, context, settings, views }: InspectionOptions) {
    const warn = (message: string): void => void context.stderr.write(`warning ${message}\n`);
    this.#settings = settings;
    this.#reading = new ReadingStores({ root, settings, context, warn });
    this.states = new TaskStates(ownPath(root, 'states'));
    this.explainer = new Explainer({ states: this.states, codec: this.codec, stores: () => this.readable() });
    this.survey = new Survey({
      root,
      states: this.states,
      now: context.now,
      views,
      lookUp: async (tasks) => {
        const onDamaged = this.explainer.damaged.bind(this.explainer);
        return lookUp(tasks, { stores: await this.#reading.open(), settings }, { onProblem: warn, onDamaged });
      },
    });
  }

  /** The stores that may be read. */
  async readable(): Promise<Pick<Partial<OpenStores>, 'local' | 'remote'>> {
    const { local, localMode, remote } = await this.#reading.open();
    return { ...(localMode.read && { local }), ...(this.#settings.remote?.mode.read === true && { remote }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading[Symbol.asyncDispose]();
  }
}
