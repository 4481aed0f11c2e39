import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoDay } from '../dist/index.mjs';

test('a day has ten characters', () => assert.equal(isoDay(new Date(0)), '1970-01-01'));
