declare const VELOCITY_GATEWAY_VERSION: string | undefined;

/** The package's version, put in by the bundler; `0.0.0-source` when run from source. */
export const VERSION = typeof VELOCITY_GATEWAY_VERSION === 'string' ? VELOCITY_GATEWAY_VERSION : '0.0.0-source';
