import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading } from '../dist/index.mjs';

test('a heading has a title and a day', () => assert.equal(heading('weekly report', new Date(0)), 'Weekly Report (1970-01-01)'));
