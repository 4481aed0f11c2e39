import { describe, expect, test } from '@jest/globals';
import { CircuitBreaker } from '@velocity/client';
import { VelocityError } from '@velocity/core';
import { artifactOf, blobOf, describe as describeArtifact, keyOf, readDigests } from './support/artifacts.js';
import { clientRig } from './support/client-rig.js';
import { startGateway } from './support/gateway-rig.js';
import { startScriptedGateway } from './support/scripted-gateway.js';
import { json, startScripted } from './support/scripted-server.js';

const artifact = artifactOf([blobOf(1000)]);
const failureOf = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('the circuit breaker', () => {
  const rig = (threshold: number) => {
    const opened: unknown[] = [];
    return { opened, breaker: new CircuitBreaker({ threshold, onOpen: (failure) => opened.push(failure) }) };
  };

  test('opens after so many failures in a row, says it once, and stays open', () => {
    const { breaker, opened } = rig(2);
    breaker.failed('1');
    breaker.succeeded();
    breaker.failed('2');
    expect(breaker.isOpen).toBe(false);
    breaker.failed('3');
    breaker.failed('4');
    breaker.succeeded();
    breaker.failed('5', true);
    expect([breaker.isOpen, opened]).toEqual([true, ['3']]);
  });

  test('opens at once for what cannot get better', () => {
    const { breaker, opened } = rig(100);
    breaker.failed('refused', true);
    expect([breaker.isOpen, opened]).toEqual([true, ['refused']]);
  });
});

describe('a remote that fails', () => {
  test.each([
    ['is not there', undefined, 'GATEWAY_UNAVAILABLE'],
    ['refuses the token', 401, 'UNAUTHORIZED'],
    ['has an outage', 503, 'STORAGE_UNAVAILABLE'],
    ['is no gateway', 404, 'GATEWAY_REFUSED'],
    ['talks nonsense', 200, 'PROTOCOL'],
  ])('that %s has nothing, and is off from then on', async (_name, status, code) => {
    await using server = await startScripted((_seen, { response }) =>
      status === undefined ? void response.destroy() : json(response, status, 'what?'),
    );
    using rig = clientRig({ url: server.url });
    expect((await rig.store.lookup([keyOf('a'), keyOf('b')])).size).toBe(0);
    expect(rig.opened).toMatchObject([{ name: 'VelocityError', code }]);
    const requests = server.seen.length;
    expect((await rig.store.lookup([keyOf('a')])).size).toBe(0);
    await expect(rig.store.save(keyOf('a'), artifact)).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
    expect(server.seen).toHaveLength(requests);
    expect(rig.opened).toHaveLength(1);
  });

  test('for some items only gives the others, and counts as one failure', async () => {
    await using server = await startGateway();
    using rig = clientRig({ url: server.url, threshold: 2 });
    await rig.store.save(keyOf('a'), artifact);
    await using partial = await startScripted(async ({ body, headers }, { response }) => {
      const answer = await fetch(`${server.url}/v1/negotiate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: headers.authorization ?? '' },
        body: String(body),
      });
      const { items } = (await answer.json()) as { items: unknown[] };
      const outage = { error: { code: 'STORAGE_UNAVAILABLE', message: 'no', retryable: true } };
      json(response, 200, { items: [items[0], outage, outage, outage] });
    });
    using other = clientRig({ url: partial.url, threshold: 2 });
    const keys = ['a', 'b', 'c', 'd'].map(keyOf);
    const hits = await other.store.lookup(keys);
    expect([...hits.keys()]).toEqual([keyOf('a')]);
    expect(await readDigests(hits.get(keyOf('a'))!)).toEqual(artifact.description.blobs.map(({ digest }) => digest));
    expect(other.store.isOff).toBe(false);
  });

  test('in its storage only is off after so many transfers, and then fails fast', async () => {
    await using storage = await startScripted((_seen, { response }) => void response.writeHead(500).end());
    const contents = Array.from({ length: 6 }, (_, index) => blobOf(100, index));
    await using gateway = await startScriptedGateway(storage.url, describeArtifact(contents));
    using rig = clientRig({ url: gateway.url, threshold: 2 });
    const hit = (await rig.store.lookup([keyOf('a')])).get(keyOf('a'))!;
    for (const index of contents.keys()) {
      const chunks = await hit.openBlob(index);
      const failure = await failureOf(
        readDigests({ description: describeArtifact([contents[index]!]), openBlob: async () => chunks }),
      );
      expect(failure).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' });
    }
    expect(storage.seen).toHaveLength(6);
    expect(rig.opened).toMatchObject([{ message: `${storage.url}: download failed with status 500` }]);
  });

  test('and then works again in between is not given up', async () => {
    await using storage = await startScripted((_seen, { response, count }) => {
      if (count % 2 === 1) response.writeHead(501).end();
      else response.end(blobOf(1000));
    });
    await using gateway = await startScriptedGateway(storage.url, artifact.description);
    using rig = clientRig({ url: gateway.url, threshold: 2 });
    const hit = (await rig.store.lookup([keyOf('a')])).get(keyOf('a'))!;
    for (let round = 0; round < 4; round++) {
      await failureOf(readDigests(hit));
      await readDigests(hit);
    }
    expect(rig.store.isOff).toBe(false);
  });
});

describe('an answer that does not fit the question', () => {
  const found = (key: string, change: object = {}, blobs?: object[]) => {
    const { description } = artifact;
    const record = {
      version: 1,
      key,
      namespace: 'default',
      tier: 'trusted',
      scope: 'trusted',
      artifact: description,
      createdAt: '2026-01-01T00:00:00.000Z',
      writer: 'ci',
      ...change,
    };
    const targets = description.blobs.map(({ digest }) => ({ digest, url: 'http://127.0.0.1:1/', headers: {} }));
    return { status: 'found', record, blobs: blobs ?? targets };
  };
  const foreign = { digest: keyOf('other blob'), url: 'http://127.0.0.1:1/', headers: {} };

  test.each([
    ['a record of another key', () => found(keyOf('other'))],
    ['URLs for other blobs', (key: string) => found(key, {}, [foreign])],
    ['too few URLs', (key: string) => found(key, {}, [])],
    ['an offer to upload', () => ({ status: 'upload_needed', ticket: 't', blobs: [] })],
    ['"skipped"', () => ({ status: 'skipped' })],
  ])('%s is a miss, and a failure of the remote', async (_name, answer) => {
    await using server = await startScripted((_seen, { response }) =>
      json(response, 200, { items: [answer(keyOf('a'))] }),
    );
    using rig = clientRig({ url: server.url, threshold: 1 });
    expect((await rig.store.lookup([keyOf('a')])).size).toBe(0);
    expect(rig.opened).toMatchObject([{ code: 'PROTOCOL' }]);
  });

  test.each(['missing', 'found'])('an upload that is answered with %s fails', async (status) => {
    const answer = status === 'found' ? found(keyOf('a')) : { status };
    await using server = await startScripted((_seen, { response }) => json(response, 200, { items: [answer] }));
    using rig = clientRig({ url: server.url });
    await expect(rig.store.save(keyOf('a'), artifact)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('an item that is refused for its size is no failure of the remote', async () => {
    const refused = { error: { code: 'ARTIFACT_TOO_LARGE', message: 'the limit is 1 B', retryable: false } };
    await using server = await startScripted((_seen, { response }) => json(response, 200, { items: [refused] }));
    using rig = clientRig({ url: server.url, threshold: 1 });
    await expect(rig.store.save(keyOf('a'), artifact)).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });
    await expect(rig.store.save(keyOf('b'), artifact)).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });
    expect([rig.store.isOff, server.seen.length]).toEqual([false, 2]);
  });
});

test('a cancelled look-up finds nothing and blames nobody', async () => {
  await using server = await startScripted(() => undefined);
  using rig = clientRig({ url: server.url, threshold: 1 });
  expect((await rig.store.lookup([keyOf('a')], { signal: AbortSignal.abort() })).size).toBe(0);
  expect(rig.store.isOff).toBe(false);
});

test('what is thrown is a VelocityError with a cause', async () => {
  await using server = await startScripted((_seen, { response }) => void response.destroy());
  using rig = clientRig({ url: server.url });
  const failure = await failureOf(rig.store.save(keyOf('a'), artifact));
  expect(failure).toBeInstanceOf(VelocityError);
  expect(failure).toMatchObject({ cause: { code: 'ECONNRESET' } });
});
