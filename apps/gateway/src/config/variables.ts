/** Every variable that the gateway reads, with its meaning and default for people. README.md shows the same table. */
export const VARIABLES = {
  VC_PORT: 'port to listen on; 0 picks a free one (8080)',
  VC_BIND: 'address to listen on; any other than loopback needs a token (0.0.0.0 with a token, else 127.0.0.1)',
  VC_BASE_URL: 'where clients reach the gateway, for the URLs of the local driver (http://localhost:<port>)',
  VC_AUTH_TOKEN: 'token that reads and writes the trusted scope',
  VC_READ_TOKEN: 'token that reads the trusted scope',
  VC_PR_TOKEN: 'token that reads the trusted scope and the scope `pr`, and writes the scope `pr`',
  VC_TOKENS_FILE: 'file of more tokens, by their SHA-256; read again within a second of a change, and on SIGHUP',
  VC_NAMESPACE: 'namespace of the tokens given by variables (default)',
  VC_TICKET_KEY: '32 bytes or more, hexadecimal or base64; the same on all replicas (derived from VC_AUTH_TOKEN)',
  VC_STORAGE_DRIVER: '`local` (alias `fs`) or `s3` (local)',
  VC_LOCAL_ROOT: 'directory of the local driver (the data directory of the user: velocity/store)',
  VC_S3_BUCKET: 'bucket; it must exist',
  VC_S3_REGION: 'region (AWS_REGION; us-east-1 when an endpoint is set)',
  VC_S3_ENDPOINT: 'URL of the store as the gateway reaches it (AWS_ENDPOINT_URL; else AWS itself)',
  VC_S3_PUBLIC_ENDPOINT: 'URL of the store as clients reach it (VC_S3_ENDPOINT)',
  VC_S3_FORCE_PATH_STYLE: '`true` or `false`: bucket in the path, not in the host name (true when an endpoint is set)',
  VC_RETENTION_DAYS: 'entries unused for so many days are removed (kept)',
  VC_MAX_STORE_SIZE: 'the longest unused entries are removed above this size, such as 100GiB (no limit)',
  VC_SWEEP_INTERVAL: 'how often the two limits above are applied, such as 30m; 0 never (1h)',
  VC_MAX_ARTIFACT_SIZE: 'larger artifacts are refused (10GiB)',
  VC_MAX_CONNECTIONS: 'connections above this number are dropped (10000)',
  VC_LOG_LEVEL: '`debug`, `info`, `warn` or `error` (info)',
  VC_AUDIT_FILE: 'file that audit lines are appended to, besides the log',
} as const;

export type VariableName = keyof typeof VARIABLES;

/** Variables of this project's other programs, which often stand in the same shell. */
export const FOREIGN_VARIABLES = /^VC_(?:SERVER_URL|REMOTE_\w+|INDEX|REQUIRE_REAL|TEST_\w+)$/;
