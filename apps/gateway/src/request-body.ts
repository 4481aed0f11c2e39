import type { Context } from 'hono';
import * as v from 'valibot';
import type { GatewayContext } from './context.js';
import type { GatewayEnv } from './gateway-env.js';
import { nodeOf } from './gateway-env.js';
import { Refusal } from './refusal.js';

/** A JSON body as `schema` has it. @throws Refusal 415, 413, 408, 400 */
export async function readJson<S extends v.GenericSchema>(
  c: Context<GatewayEnv>,
  context: GatewayContext,
  schemaOf: (value: unknown) => S,
): Promise<v.InferOutput<S>> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'the body must be JSON', {
      hint: 'Content-Type: application/json',
    });
  }
  const value = parseJson(await readText(c, context));
  const parsed = v.safeParse(schemaOf(value), value);
  if (parsed.success) return parsed.output;
  throw new Refusal(400, 'PROTOCOL', 'the request is not what this route takes', { hint: describe(parsed.issues) });
}

/** Tells a client that asked with `Expect: 100-continue` to send its body. Called late: a request refused before costs it nothing. */
export function askForBody(c: Context<GatewayEnv>): void {
  const { incoming, outgoing } = nodeOf(c);
  if (incoming?.headers.expect?.toLowerCase() === '100-continue') outgoing?.writeContinue();
}

async function readText(c: Context<GatewayEnv>, { limits }: GatewayContext): Promise<string> {
  const declared = c.req.header('content-length');
  const tooLarge = () => new Refusal(413, 'BODY_TOO_LARGE', `a body may have ${limits.maxBodySize} bytes here`);
  if (declared !== undefined && Number(declared) > limits.maxBodySize) throw tooLarge();
  askForBody(c);
  // With a declared length the HTTP parser itself holds the client to it; without one we count.
  const body = declared === undefined ? countedText(c, limits.maxBodySize, tooLarge) : c.req.text();
  return withTimeout(body, limits.bodyTimeoutMs);
}

async function countedText(c: Context<GatewayEnv>, limit: number, tooLarge: () => Refusal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // Not made before: an error costs as much as a tenth of a negotiation.
      reject(new Refusal(408, 'TIMEOUT', 'the body did not arrive in time', { retryable: true }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message quotes the body.
    throw new Refusal(400, 'PROTOCOL', 'the body is not JSON');
  }
}

/** Where and what, for the first few; not the values. */
function describe(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => `${v.getDotPath(issue) ?? 'body'}: expected ${issue.expected ?? issue.message}`)
    .join('; ')
    .slice(0, 500);
}
