import { FRAME_CASES } from './cases/frames.js';
import { testCases } from './hostile-suite.js';

testCases(FRAME_CASES);
