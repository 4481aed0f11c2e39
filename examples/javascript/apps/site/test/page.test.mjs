import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page } from '../dist/index.mjs';

test('a page has a heading', () => assert.equal(page('hello'), '<h1>Hello</h1>'));
