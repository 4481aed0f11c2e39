export { storageConformance } from './storage-conformance.js';

export type { ConformanceOptions, ConformanceTarget, SignedPutProfile, StoreProfile, Verdict } from './profile.js';
