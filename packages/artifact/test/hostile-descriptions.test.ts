import { DESCRIPTION_CASES } from './cases/descriptions.js';
import { testCases } from './hostile-suite.js';

testCases(DESCRIPTION_CASES);
