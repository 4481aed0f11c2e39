/** Writes how many tests passed, failed and were skipped to the file that VELOCITY_TEST_COUNTS names. */
import { writeFileSync } from 'node:fs';

export default class CountsReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.VELOCITY_TEST_COUNTS;
    if (!file) return;
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    writeFileSync(file, JSON.stringify(counts));
  }
}
