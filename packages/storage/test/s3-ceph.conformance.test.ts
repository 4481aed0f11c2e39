import { realStoreSuite } from './support/real-store-suite.js';

await realStoreSuite('ceph', {
  conditionalCreate: true,
  bindsBody: 'content-sha256',
  headReturnsSha256: false,
  sizeBound: true,
  overwriteRefused: true,
  signatureChecked: true,
  expiryChecked: true,
  problems: [],
});
