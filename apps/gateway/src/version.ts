declare const __VELOCITY_VERSION__: string | undefined;

/** The package's version, put in by the bundler; `0.0.0-source` when run from source. */
export const VERSION = typeof __VELOCITY_VERSION__ === 'string' ? __VELOCITY_VERSION__ : '0.0.0-source';
