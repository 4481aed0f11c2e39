import { METADATA_CASES } from './cases/metadata.js';
import { testCases } from './hostile-suite.js';

testCases(METADATA_CASES);
