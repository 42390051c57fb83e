import { participantList, type ParticipantStats } from '@muon/contract/participant-stats.ts';
import type { Problem } from '@muon/contract/problem.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LinkPeer } from '../support/link-peer.ts';
import type { MediaNode } from '../support/media-node.ts';
import { until } from '../support/until.ts';
import { SdkStage } from './sdk-stage.ts';

let stage: SdkStage;
let node: MediaNode;

beforeAll(async () => {
  stage = await SdkStage.open();
  ({ node } = stage);
  for (const identity of ['ada', 'bob']) await stage.join(identity);
});

afterAll(() => stage?.[Symbol.asyncDispose]());

async function ask(token: string | undefined, room = 'rm_test'): Promise<{ status: number; body: unknown }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${node.httpUrl}/rooms/${room}/participants`, { headers });
  return { status: response.status, body: await response.json() };
}

async function participants(): Promise<ParticipantStats[]> {
  const { body } = await ask(await node.controlPlane.nodeToken('rm_test'));
  return participantList.parse(body).data;
}

test('the node tells of everybody what they send and what they are sent', async () => {
  const [ada, bob] = await until('both send and receive', async () => {
    const all = await participants();
    const flows = ({ tracks, subscriptions, receiving }: ParticipantStats): boolean =>
      tracks.length === 2 &&
      tracks.every(({ bitrateBps, layers, jitterMs }) => bitrateBps > 5000 && layers.length > 0 && jitterMs! >= 0) &&
      subscriptions.length === 2 &&
      subscriptions.some(({ layer }) => layer !== undefined) &&
      receiving?.rttMs !== undefined &&
      receiving.sendBps > 10_000;
    return all.length === 2 && all.every(flows) ? all : undefined;
  });
  expect(ada).toMatchObject({ identity: 'ada', name: 'Name of ada', kind: 'standard', connection: 'webrtc' });
  expect(Date.now() - Date.parse(ada!.joinedAt)).toBeLessThan(60_000);
  expect(ada!.tracks.map(({ kind }) => kind).sort()).toEqual(['audio', 'video']);
  const published = bob!.tracks.map(({ id }) => id).sort();
  expect(ada!.subscriptions.map(({ trackId }) => trackId).sort()).toEqual(published);
  expect(ada!.receiving!.lossFraction).toBeLessThan(0.2);
});

test('a link is told apart, and those who are hidden are left out', async () => {
  const phone = await LinkPeer.open(node, { identity: 'phone', kind: 'sip' });
  const ghost = await LinkPeer.open(node, { identity: 'ghost', kind: 'egress', grants: { hidden: true } });
  const all = await until('the phone is told of', async () => {
    const told = await participants();
    return told.length === 3 ? told : undefined;
  });
  expect(all[2]).toMatchObject({ identity: 'phone', kind: 'sip', connection: 'link', tracks: [] });
  expect(all[2]!.receiving).toBeUndefined();
  for (const peer of [phone, ghost]) peer.close();
});

test('only the control plane is told, about the room that it asks for', async () => {
  const codeOf = async (token: string | undefined) => ((await ask(token)).body as Problem).code;
  expect(await codeOf(undefined)).toBe('unauthenticated');
  expect(await codeOf(await node.controlPlane.token({ identity: 'ada' }))).toBe('unauthenticated');
  expect(await codeOf(await node.controlPlane.nodeToken('rm_other'))).toBe('forbidden');
  expect(await codeOf(await node.controlPlane.nodeToken('rm_test', { ttlSeconds: -5 }))).toBe('token-expired');
  const empty = await ask(await node.controlPlane.nodeToken('rm_none'), 'rm_none');
  expect(empty).toEqual({ status: 200, body: { data: [] } });
});
