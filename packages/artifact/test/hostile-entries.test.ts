import { ENTRY_CASES } from './cases/entries.js';
import { testCases } from './hostile-suite.js';

testCases(ENTRY_CASES);
