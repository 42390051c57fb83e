import { expect, test } from 'vitest';
import { ClientPaths } from './client-paths.ts';

const wifi = { address: '192.0.2.1', port: 1000 };
const mobile = { address: '198.51.100.7', port: 2000 };

test('the first address that checks is taken, a nominated one in its place', () => {
  const paths = new ClientPaths(0);
  expect(paths.selected).toBeUndefined();
  expect(paths.checked(wifi, false, 1)).toEqual({ added: true, forgotten: undefined, selected: true });
  expect(paths.checked(mobile, false, 2)).toMatchObject({ added: true, selected: false });
  expect(paths.checked(mobile, true, 3)).toMatchObject({ added: false, selected: true });
  expect(paths.selected).toEqual(mobile);
  expect(paths.checkedMs).toBe(3);
});

test('an address that fell silent gives way to one that checks', () => {
  const paths = new ClientPaths(0);
  paths.checked(wifi, true, 0);
  expect(paths.checked(mobile, false, 5000)).toMatchObject({ selected: false });
  expect(paths.checked(mobile, false, 7000)).toMatchObject({ selected: true });
});

test('no more addresses are kept than a client can have, and never at the cost of the selected one', () => {
  const paths = new ClientPaths(0);
  paths.checked(wifi, true, 0);
  for (let port = 1; port <= 100; port++) {
    const { forgotten } = paths.checked({ address: '203.0.113.5', port }, false, port);
    if (port > 15) expect(forgotten).toEqual({ address: '203.0.113.5', port: port - 15 });
  }
  expect(paths.addresses).toHaveLength(16);
  expect(paths.selected).toEqual(wifi);
});

test('when the selected address is lost, the one that checked last takes over, or the next one that checks', () => {
  const paths = new ClientPaths(0);
  const tcp = { ...wifi, protocol: 'tcp' } as const;
  paths.checked(wifi, false, 1);
  paths.checked(mobile, false, 2);
  paths.checked(tcp, true, 3);
  paths.lost(wifi);
  expect(paths.selected).toEqual(tcp);
  paths.lost(tcp);
  expect(paths.selected).toEqual(mobile);
  paths.lost(mobile);
  expect(paths.selected).toBeUndefined();
  expect(paths.checked(wifi, false, 4)).toMatchObject({ added: true, selected: true });
});
