import type { S3Features } from './s3-features.js';

/** What a store was seen to keep of what the protocol builds on. */
export interface StoreTrust {
  /** A conditional PUT is honoured, and of several at once exactly one succeeds. */
  readonly conditionalCreate: boolean;
  /**
   * Which signed header makes the store refuse another body of the right length. With `none` and no digest from HEAD, whoever commits
   * must read the body back.
   */
  readonly bindsBody: 'content-sha256' | 'checksum-sha256' | 'none';
  /** HEAD answers with a SHA-256 that the store computed itself. */
  readonly headReturnsSha256: boolean;
  /** A body of another length than the signed one is refused. */
  readonly sizeBound: boolean;
  /** A signed PUT cannot change an object that is there. */
  readonly overwriteRefused: boolean;
  /** A changed signature, or a signed header that is missing, is refused. */
  readonly signatureChecked: boolean;
  readonly expiryChecked: boolean;
  /** What is not as it should be, one sentence each, for people. */
  readonly problems: readonly string[];
  /** What to open the driver with. */
  readonly features: S3Features;
}
