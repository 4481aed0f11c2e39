import { creating } from './creating.js';
import { listing } from './listing.js';
import { lookingUp } from './looking-up.js';
import { outages } from './outages.js';
import type { ConformanceOptions } from './profile.js';
import { racing } from './racing.js';
import { signing } from './signing.js';

/** Registers the tests that every `StorageDriver` passes whole; what a store does not enforce, its profile says. */
export function storageConformance(options: ConformanceOptions): void {
  lookingUp(options);
  creating(options);
  listing(options);
  racing(options);
  signing(options);
  outages(options);
}
