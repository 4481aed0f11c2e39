import { digestOf } from '@velocity/core';
import {
  BODY_SIZE,
  type CheckContext,
  isAbsent,
  isAccepted,
  type ProbeContext,
  runCheck,
  signPut,
} from './probe-context.js';
import type { S3Features } from './s3-features.js';
import type { StoreTrust } from './store-trust.js';

export interface Binding {
  readonly bindsBody: StoreTrust['bindsBody'];
  readonly features: S3Features;
}

type BindingFeature = 'bindContentSha256' | 'bindChecksumSha256';

interface HeaderVerdict {
  /** The right body gets through. */
  readonly isAccepted: boolean;
  /** Another one does not. */
  readonly isEnforced: boolean;
}

const UNKNOWN: HeaderVerdict = { isAccepted: false, isEnforced: false };

/** Which of the two digest headers the store takes and enforces, and whether its HEAD can be believed. */
export async function findBinding(context: ProbeContext): Promise<Binding> {
  const plain: S3Features = {
    ...context.store.features,
    conditionalCreate: false,
    bindContentSha256: false,
    bindChecksumSha256: false,
    checksumOnHead: false,
  };
  const [content, checksum] = await Promise.all([
    checkHeader(context, 'bindContentSha256', plain),
    checkHeader(context, 'bindChecksumSha256', plain),
  ]);
  const both: S3Features = {
    ...plain,
    bindContentSha256: content.isAccepted,
    bindChecksumSha256: checksum.isAccepted,
  };
  // A header that is taken but not looked at does no harm and may be looked at one day, unless the two do not go together.
  const isBothAccepted = await runCheck(context, 'signed PUT', (check) => isRightBodyAccepted(check, both), false);
  const features = isBothAccepted
    ? both
    : {
        ...plain,
        bindContentSha256: content.isEnforced,
        bindChecksumSha256: checksum.isEnforced && !content.isEnforced,
      };
  const checksumOnHead = await runCheck(context, 'digest of HEAD', (check) => isHeadHonest(check, features), false);
  const bindsBody = bindingOf(features, content, checksum);
  if (bindsBody === 'none') {
    const remedy = checksumOnHead ? 'its digest is compared at commit' : 'it is read back at commit';
    context.problems.push(`signed uploads are not bound to their content: ${remedy}`);
  }
  return { bindsBody, features: { ...features, checksumOnHead } };
}

function bindingOf(features: S3Features, content: HeaderVerdict, checksum: HeaderVerdict): StoreTrust['bindsBody'] {
  if (features.bindContentSha256 && content.isEnforced) return 'content-sha256';
  return features.bindChecksumSha256 && checksum.isEnforced ? 'checksum-sha256' : 'none';
}

function checkHeader(context: ProbeContext, feature: BindingFeature, plain: S3Features): Promise<HeaderVerdict> {
  const features = { ...plain, [feature]: true };
  const check = async (check: CheckContext): Promise<HeaderVerdict> => {
    const [body, other] = [check.randomBytes(BODY_SIZE), check.randomBytes(BODY_SIZE)];
    const right = await signPut(check, { key: `${check.prefix}${feature}-right`, body, features });
    if (!(await isAccepted(right, body, check))) return UNKNOWN;
    const key = `${check.prefix}${feature}-wrong`;
    const wrong = await signPut(check, { key, body, features });
    const isRefused = !(await isAccepted(wrong, other, check)) && (await isAbsent(check, key));
    return { isAccepted: true, isEnforced: isRefused };
  };
  return runCheck(context, feature, check, UNKNOWN);
}

async function isRightBodyAccepted(check: CheckContext, features: S3Features): Promise<boolean> {
  const body = check.randomBytes(BODY_SIZE);
  return isAccepted(await signPut(check, { key: `${check.prefix}both`, body, features }), body, check);
}

/** HEAD says the body's SHA-256, and not just what the client had claimed it to be. */
async function isHeadHonest(check: CheckContext, features: S3Features): Promise<boolean> {
  const believing = check.store.withFeatures({ ...features, checksumOnHead: true });
  const [body, other] = [check.randomBytes(BODY_SIZE), check.randomBytes(BODY_SIZE)];
  const [honest, lying] = [`${check.prefix}head-right`, `${check.prefix}head-wrong`];
  await isAccepted(await signPut(check, { key: honest, body, features }), body, check);
  const stat = await believing.stat(honest, { signal: check.signal });
  if (stat?.sha256 !== digestOf(body)) return false;
  await isAccepted(await signPut(check, { key: lying, body, features }), other, check);
  const claimed = await believing.stat(lying, { signal: check.signal });
  return claimed?.sha256 === undefined || claimed.sha256 === digestOf(other);
}
