import { compareCodeUnits } from '@velocity/core';

/**
 * The candidates a person may have meant by `word`, the nearest first: about a third of its characters may be wrong. Case
 * counts for nothing, nor does a scope (`ui` finds `@acme/ui`). After those come candidates that hold the word.
 */
export function nearMisses(word: string, candidates: Iterable<string>, limit = 3): readonly string[] {
  const scored: { readonly name: string; readonly score: number }[] = [];
  for (const name of new Set(candidates)) {
    const score = distanceOf(word.toLowerCase(), name.toLowerCase());
    if (score < Infinity) scored.push({ name, score });
    else if (word.length > 2 && name.toLowerCase().includes(word.toLowerCase())) scored.push({ name, score });
  }
  scored.sort((a, b) => (a.score === b.score ? compareCodeUnits(a.name, b.name) : a.score - b.score));
  return scored.slice(0, limit).map(({ name }) => name);
}

/** Infinity for what is too far. Two names of one scope are compared without it: it would make all of them alike. */
function distanceOf(wanted: string, known: string): number {
  const [scope, short] = splitScope(wanted);
  const [knownScope, knownShort] = splitScope(known);
  const distance = boundedDistance(short, knownShort);
  return scope === knownScope ? distance : Math.min(distance, boundedDistance(wanted, known));
}

function splitScope(name: string): [scope: string, short: string] {
  const end = name.startsWith('@') ? name.indexOf('/') + 1 : 0;
  return [name.slice(0, end), name.slice(end)];
}

function boundedDistance(wanted: string, known: string): number {
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  if (Math.abs(wanted.length - known.length) > allowed) return Infinity;
  const distance = editDistance(wanted, known);
  return distance > allowed ? Infinity : distance;
}

/** Optimal string alignment: characters added, removed or replaced, and neighbours swapped. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? at(beforePrevious, column - 2) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, at(previous, column) + 1, at(current, column - 1) + 1));
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
