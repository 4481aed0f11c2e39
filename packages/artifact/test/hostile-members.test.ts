import { MEMBER_CASES } from './cases/members.js';
import { testCases } from './hostile-suite.js';

testCases(MEMBER_CASES);
