import { randomBytes, randomUUID } from 'node:crypto';

/** The clock and the randomness of this machine: read here, passed in everywhere else. */
export const machine = { now: Date.now, random: Math.random, randomBytes, newId: randomUUID } as const;
