// @ts-check
/** @import { Load, LoadResult } from './types.d.ts' */
import { setTimeout as delay } from 'node:timers/promises';
import { prepareRequests, whatIsWrong } from './questions.mjs';
import { RawConnection } from './raw-connection.mjs';
import { summarize } from './latencies.mjs';

/** Enough that no key comes again while it is under way. */
const SINGLE_REQUESTS = 2000;
const BATCH_REQUESTS = 8;
const TICK_MS = 5;

/** @param {Load} load @returns {Promise<LoadResult>} */
export async function sendLoad(load) {
  const { question, batch, token, known, port, connections } = load;
  const requests = prepareRequests({
    question,
    batch,
    token,
    known,
    count: batch === 1 ? SINGLE_REQUESTS : BATCH_REQUESTS,
  });
  const opened = await Promise.all(Array.from({ length: connections }, () => RawConnection.open(port)));
  try {
    return await (load.rate === undefined
      ? saturate(load, requests, opened)
      : atRate(load, load.rate, requests, opened));
  } finally {
    for (const connection of opened) connection.close();
  }
}

/** Every connection asks again as soon as it was answered. @param {Load} load @param {readonly Buffer[]} requests @param {readonly RawConnection[]} connections @returns {Promise<LoadResult>} */
async function saturate({ question, batch, durationMs }, requests, connections) {
  const isHead = question.startsWith('head-');
  /** @type {number[]} */
  const latencies = [];
  /** @type {string | undefined} */
  let wrong;
  const nextRequest = inTurn(requests);
  const started = performance.now();
  const end = started + durationMs;
  /** @param {RawConnection} connection @returns {Promise<void>} */
  const loop = (connection) =>
    new Promise((resolve) => {
      let sentMs = 0;
      const send = () => {
        sentMs = performance.now();
        connection.askThen(nextRequest(), isHead, onAnswer);
      };
      const onAnswer = (/** @type {import('./raw-connection.mjs').Answer} */ answer) => {
        const nowMs = performance.now();
        latencies.push(nowMs - sentMs);
        wrong ??= whatIsWrong(question, batch, answer);
        if (nowMs >= end || wrong !== undefined) resolve();
        else send();
      };
      send();
    });
  await Promise.all(connections.map(loop));
  return summarize(latencies, performance.now() - started, wrong);
}

/** So many requests a second, whether or not the earlier ones were answered; counts from when each was due. @param {Load} load @param {number} rate @param {readonly Buffer[]} requests @param {readonly RawConnection[]} connections @returns {Promise<LoadResult>} */
async function atRate({ question, batch, durationMs }, rate, requests, connections) {
  const isHead = question.startsWith('head-');
  const idle = [...connections];
  /** When those that wait for a connection were due. @type {number[]} */
  const waiting = [];
  /** @type {number[]} */
  const latencies = [];
  /** @type {{ wrong?: string }} */
  const seen = {};
  const nextRequest = inTurn(requests);
  const send = () => {
    while (waiting.length > 0 && idle.length > 0) {
      // In turn: a gateway closes a connection over which nothing comes.
      const connection = /** @type {RawConnection} */ (idle.shift());
      const dueMs = /** @type {number} */ (waiting.shift());
      connection.askThen(nextRequest(), isHead, (answer) => {
        latencies.push(performance.now() - dueMs);
        const wrong = whatIsWrong(question, batch, answer);
        if (wrong !== undefined) seen.wrong ??= wrong;
        idle.push(connection);
        send();
      });
    }
  };
  const started = performance.now();
  let due = 0;
  for (let nowMs = started; nowMs - started < durationMs && seen.wrong === undefined; nowMs = performance.now()) {
    for (; due < ((nowMs - started) / 1000) * rate; due += 1) waiting.push(started + (due / rate) * 1000);
    send();
    await delay(TICK_MS);
  }
  while (seen.wrong === undefined && (idle.length < connections.length || waiting.length > 0)) await delay(TICK_MS);
  return summarize(latencies, performance.now() - started, seen.wrong);
}

/** @param {readonly Buffer[]} requests */
function inTurn(requests) {
  let next = 0;
  return () => {
    const request = requests[next++ % requests.length];
    if (request === undefined) throw new Error('there is nothing to send');
    return request;
  };
}
