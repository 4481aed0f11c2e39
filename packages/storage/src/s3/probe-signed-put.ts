import type { SignedRequest } from '../driver.js';
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

type SignedPutTrust = Pick<StoreTrust, 'sizeBound' | 'overwriteRefused' | 'signatureChecked' | 'expiryChecked'>;

const LONG_AGO_MS = 3_600_000;

/** What the store refuses of signed PUTs that are not as they were signed. */
export async function checkSignedPut(context: ProbeContext, features: S3Features): Promise<SignedPutTrust> {
  const check = async (name: string, problem: string, body: (check: CheckContext) => Promise<boolean>) => {
    const isKept = await runCheck(context, name, body, undefined);
    if (isKept === false) context.problems.push(problem);
    return isKept === true;
  };
  const [sizeBound, overwriteRefused, signatureChecked, expiryChecked] = await Promise.all([
    check('size of signed uploads', 'signed uploads are not bound to their length', (c) => isSizeBound(c, features)),
    check('overwriting', 'a signed upload can overwrite an object', (c) => isOverwriteRefused(c, features)),
    check('signatures', 'signatures are not checked: anyone can write to this store', (c) =>
      isSignatureChecked(c, features),
    ),
    check('expiry', 'signed uploads do not expire', (c) => isExpiryChecked(c, features)),
  ]);
  return { sizeBound, overwriteRefused, signatureChecked, expiryChecked };
}

async function isSizeBound(check: CheckContext, features: S3Features): Promise<boolean> {
  const body = check.randomBytes(BODY_SIZE);
  for (const sent of [check.randomBytes(BODY_SIZE + 1), body.subarray(0, BODY_SIZE - 1)]) {
    const key = `${check.prefix}size-${sent.byteLength}`;
    if (await gotThrough(check, key, await signPut(check, { key, body, features }), sent)) return false;
  }
  return true;
}

async function isOverwriteRefused(check: CheckContext, features: S3Features): Promise<boolean> {
  const key = `${check.prefix}overwrite`;
  const [first, second] = [check.randomBytes(BODY_SIZE), check.randomBytes(BODY_SIZE)];
  const requests = [
    await signPut(check, { key, body: first, features }),
    await signPut(check, { key, body: second, features }),
  ] as const;
  if (!(await isAccepted(requests[0], first, check))) throw new Error('the store refused an upload that was as signed');
  return !(await isAccepted(requests[1], second, check)) && !(await isAccepted(requests[0], first, check));
}

async function isSignatureChecked(check: CheckContext, features: S3Features): Promise<boolean> {
  const body = check.randomBytes(BODY_SIZE);
  const key = `${check.prefix}signature`;
  const request = await signPut(check, { key, body, features });
  const tampered = { ...request, url: request.url.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
  if (await gotThrough(check, key, tampered, body)) return false;
  for (const name of Object.keys(request.headers).filter((header) => header !== 'content-length')) {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([header]) => header !== name));
    if (await gotThrough(check, key, { ...request, headers }, body)) return false;
  }
  return true;
}

async function isExpiryChecked(check: CheckContext, features: S3Features): Promise<boolean> {
  const body = check.randomBytes(BODY_SIZE);
  const key = `${check.prefix}expired`;
  const request = await signPut(check, { key, body, features, nowMs: check.now() - LONG_AGO_MS });
  return !(await gotThrough(check, key, request, body));
}

async function gotThrough(
  check: CheckContext,
  key: string,
  request: SignedRequest,
  bytes: Uint8Array,
): Promise<boolean> {
  return (await isAccepted(request, bytes, check)) || !(await isAbsent(check, key));
}
