import assert from 'node:assert/strict';
import { test } from 'node:test';
import { title } from '../dist/index.mjs';

test('every word gets a capital', () => assert.equal(title('build once'), 'Build Once'));
