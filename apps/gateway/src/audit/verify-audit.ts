import { hashOfLine, readAuditLine } from './audit-line.js';

export interface AuditProblem {
  /** `audit.jsonl:12` */
  readonly where: string;
  readonly message: string;
}

export interface AuditVerdict {
  readonly lines: number;
  readonly chains: number;
  readonly problems: readonly AuditProblem[];
  /** Chains whose last line does not say that the process ended. */
  readonly openChains: number;
  /** Of the last line, to be compared with what another place knows. */
  readonly head: string | undefined;
}

export interface FoundLine {
  readonly where: string;
  readonly text: string;
  /** False for a last line without a line break. */
  readonly isWhole: boolean;
}

interface Missing {
  readonly from: number;
  readonly to: number;
  /** Before which line they are missing. */
  readonly where: string;
}

interface Chain {
  nextSeq: number;
  /** Of the line before; undefined after an edited line, which is told once. */
  lastHash: string | undefined;
  hasEnded: boolean;
  missing: Missing[];
}

const END = 'audit.ended';

/** Reads the lines of all files, the oldest first, and finds what was dropped, edited, moved, repeated, put in or cut off. */
export class AuditVerifier {
  readonly #chains = new Map<string, Chain>();
  readonly #hashes = new Set<string>();
  readonly #problems: AuditProblem[] = [];
  #lines = 0;
  #head: string | undefined;

  add({ where, text, isWhole }: FoundLine): void {
    this.#lines += 1;
    const hash = hashOfLine(text);
    this.#check(where, text, isWhole);
    this.#hashes.add(compact(hash));
    this.#head = hash;
  }

  /** `expectedHash` is that of a line known from elsewhere, which has to be there. */
  finish(expectedHash?: string): AuditVerdict {
    if (expectedHash !== undefined && !this.#hashes.has(compact(expectedHash))) {
      this.#report('the end', `the line with the hash ${expectedHash} is missing`);
    }
    for (const [chain, { missing }] of this.#chains) {
      for (const { from, to, where } of missing) {
        const what = from === to ? `line ${from}` : `lines ${from} to ${to}`;
        this.#report(where, `${what} of chain ${chain} ${from === to ? 'is' : 'are'} missing before this one`);
      }
    }
    const openChains = [...this.#chains.values()].filter(({ hasEnded }) => !hasEnded).length;
    const { size: chains } = this.#chains;
    return { lines: this.#lines, chains, problems: this.#problems, openChains, head: this.#head };
  }

  #check(where: string, text: string, isWhole: boolean): void {
    const line = readAuditLine(text);
    if (line === undefined || !isWhole) {
      this.#report(where, isWhole ? 'is no audit line: edited, cut off or put in' : 'is cut off');
      return;
    }
    if (!line.isSound) this.#report(where, 'was edited: its hash is another one');
    const known = this.#chains.get(line.chain);
    const chain = known ?? { nextSeq: 0, lastHash: undefined, hasEnded: false, missing: [] };
    if (known === undefined) this.#chains.set(line.chain, chain);
    if (line.seq < chain.nextSeq) {
      this.#reportOld(chain, line.seq, where);
      return;
    }
    if (line.seq > chain.nextSeq) chain.missing.push({ from: chain.nextSeq, to: line.seq - 1, where });
    else if (line.isSound) this.#checkPrev(chain, line, where);
    chain.nextSeq = line.seq + 1;
    chain.lastHash = line.isSound ? line.hash : undefined;
    chain.hasEnded = line.event === END;
  }

  #checkPrev(chain: Chain, { seq, prev }: { readonly seq: number; readonly prev: string | null }, where: string): void {
    if (seq === 0) {
      if (prev !== null && !this.#hashes.has(compact(prev))) {
        this.#report(
          where,
          'begins a chain after a line that is not here: lines before it are missing, or in an older file',
        );
      }
    } else if (chain.lastHash !== undefined && prev !== chain.lastHash) {
      this.#report(where, `does not go on from line ${seq - 1} of its chain: that one was replaced`);
    }
  }

  #reportOld(chain: Chain, seq: number, where: string): void {
    const gap = chain.missing.find(({ from, to }) => from <= seq && seq <= to);
    if (gap === undefined) {
      this.#report(where, `line ${seq} of its chain is here again`);
      return;
    }
    this.#report(where, `line ${seq} of its chain is out of its order`);
    const rests = [
      { ...gap, to: seq - 1 },
      { ...gap, from: seq + 1 },
    ].filter(({ from, to }) => from <= to);
    chain.missing = [...chain.missing.filter((missing) => missing !== gap), ...rests];
  }

  #report(where: string, message: string): void {
    this.#problems.push({ where, message });
  }
}

/** 140 MB instead of 370 for 400,000 lines: a piece of a string would keep the whole line in memory. */
function compact(hash: string): string {
  return Buffer.from(hash, 'hex').toString('base64');
}
