import { expect, test } from 'vitest';
import { UnjoinedSockets, type Opener } from './unjoined.ts';

function admitMany(sockets: UnjoinedSockets, count: number, opener: (at: number) => Opener): (() => void)[] {
  return Array.from({ length: count }, (_, at) => sockets.admit(opener(at)));
}

const refusal = (code: string) => expect.objectContaining({ code });

test('one address has 250 that have not joined, and room again for each that does', () => {
  const sockets = new UnjoinedSockets();
  const ofSchool = (at: number): Opener => ({ address: '192.0.2.1', participant: `rm/${at}` });
  const [first] = admitMany(sockets, 250, ofSchool);
  expect(() => sockets.admit(ofSchool(250))).toThrow(refusal('too-many-connections'));
  sockets.admit({ address: '192.0.2.2', participant: undefined });
  first!();
  first!();
  sockets.admit(ofSchool(250));
  expect(() => sockets.admit(ofSchool(251))).toThrow(refusal('too-many-connections'));
});

test('one participant has 8, from wherever; others of its address are not harmed', () => {
  const sockets = new UnjoinedSockets();
  const places = admitMany(sockets, 8, (at) => ({ address: `192.0.2.${at}`, participant: 'rm/ada' }));
  expect(() => sockets.admit({ address: '192.0.2.9', participant: 'rm/ada' })).toThrow(refusal('too-many-connections'));
  sockets.admit({ address: '192.0.2.1', participant: 'rm/bob' });
  places[3]!();
  sockets.admit({ address: '192.0.2.9', participant: 'rm/ada' });
});

test('a node has 2000 of everybody, and keeps nothing of those that are gone', () => {
  const sockets = new UnjoinedSockets();
  const opener = (at: number): Opener => ({ address: `10.0.${at >> 8}.${at & 255}`, participant: undefined });
  const places = admitMany(sockets, 2000, opener);
  expect(() => sockets.admit(opener(2000))).toThrow(refusal('no-node-available'));
  for (const leave of places) leave();
  expect(sockets.size).toBe(0);
  admitMany(sockets, 2000, opener);
});
