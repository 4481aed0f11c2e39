import { realStoreSuite } from './support/real-store-suite.js';

await realStoreSuite('swift', {
  conditionalCreate: false,
  bindsBody: 'none',
  headReturnsSha256: false,
  sizeBound: true,
  overwriteRefused: false,
  signatureChecked: true,
  expiryChecked: true,
  problems: [
    'conditional writes are not implemented (501): only one gateway may use this store',
    'signed uploads are not bound to their content: it is read back at commit',
    'a signed upload can overwrite an object',
  ],
});
