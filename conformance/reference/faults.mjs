// @ts-check
/** What can be switched on to do it wrong, as real runners do. */
export const FAULTS = /** @type {const} */ ([
  'always-restore', // outputs are written again although they are right
  'blank-env', // a variable that is not set counts as an empty one
  'brittle', // a damaged note of its own ends every run
  'cache-failures', // what failed is stored like what succeeded
  'clean-tracked', // cleaning does not ask git
  'dead-locks', // what a killed run has locked stays locked
  'dotenv-bytes', // a comment in a file of variables counts
  'drop-empty-folders', // only files are stored
  'drop-modes', // every file is restored with the same mode
  'drop-others', // pipes, sockets and devices among outputs are passed over
  'follow-links', // what a link points to is stored instead of the link
  'hard-links', // restored files and stored files are the same files
  'ignore-errors', // what cannot be written is passed over
  'late-key', // the key is made after the command has run
  'lie', // everything is called a hit
  'mark-first', // a task counts as done before its outputs are in place
  'merge', // files are put over what is there
  'merge-logs', // what was said on stderr is said again on stdout
  'no-clean', // old outputs are still there when the command runs
  'no-command', // the key says nothing about the command
  'no-dependencies', // the key says nothing about dependencies
  'no-dotenv', // the key says nothing about variables that are loaded from files
  'no-env', // the key says nothing about variables
  'no-globals', // the key says nothing about what all tasks depend on
  'no-guard', // nobody looks whether the inputs are still the same
  'no-lock', // two runs at once do the same work
  'no-modes', // the key says nothing about executable bits
  'no-outputs', // the key says nothing about what the outputs are
  'no-packages', // the key says nothing about what comes from npm
  'no-paths', // the key says nothing about names
  'no-taint', // what was made from a result that no key describes is stored
  'no-verify', // stored bytes are taken as they are
  'outputs-required', // a task that writes nothing is never stored
  'plain-names', // files with unusual names do not exist
  'restore-tracked', // restoring does not ask git
  'save-in-place', // an entry exists before it is complete
  'settled-digests', // outputs that look the same twice were not written in between
  'silent', // that something is not stored is not said
  'silent-overlap', // two tasks may own the same folder
  'skip-links', // links are no inputs
  'sort-arguments', // the order of arguments does not matter
  'trust-guard-digest', // inputs that look the same at the end were the same all the time
  'trust-last-run', // outputs are not looked at when the key is that of the last run
  'trust-stat', // a file of the same size and second is the same file
  'unsettled-outputs', // nobody looks whether the outputs are still written to
  'vague-reason', // a miss has always the same reason
  'whole-manifest', // the version in package.json counts
  'whole-lockfile', // what one package needs from npm counts for all
  'wide-clean', // cleaning takes what is named alike, too
  'write-through', // restoring follows links that are in the way
]);
