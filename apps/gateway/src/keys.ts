import { hkdfSync } from 'node:crypto';

export interface GatewayKeys {
  /** MACs tickets. */
  readonly ticket: Uint8Array;
  /** Signs the URLs of the local driver. */
  readonly blobUrl: Uint8Array;
}

/** One key for each purpose (HKDF-SHA-256, RFC 5869): none of them says anything of another or of the source. */
export function deriveKeys(source: Uint8Array): GatewayKeys {
  const derive = (info: string): Uint8Array => new Uint8Array(hkdfSync('sha256', source, 'velocity-gateway', info, 32));
  return { ticket: derive('ticket/v1'), blobUrl: derive('blob-url/v1') };
}
