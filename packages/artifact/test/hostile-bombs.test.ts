import { BOMB_CASES } from './cases/bombs.js';
import { testCasesApart } from './hostile-suite.js';

testCasesApart(BOMB_CASES);
