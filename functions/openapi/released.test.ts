import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { toOpenApi } from './document.ts';
import { type Diff, redoclyDiff } from './redocly-diff.fixture.ts';

const root = join(import.meta.dirname, '../..');

/** Redocly takes a second for each. */
const TIMEOUT_MS = 60_000;

test('what was released is not broken, or the version moved', { timeout: TIMEOUT_MS }, () => {
  const { breaking, versionMoved } = redoclyDiff(join(root, 'openapi.released.yaml'), join(root, 'openapi.yaml'));
  // Take it back, or move API_VERSION in functions/openapi/document.ts.
  expect(versionMoved ? [] : breaking).toEqual([]);
});

/** What becomes of the value at a place, whose keys are written with spaces between; undefined takes it away. */
type Change = readonly [place: string, change: (before: never) => unknown];

const gone = () => undefined;
const set = (value: unknown) => () => value;
const without = (value: string) => (before: readonly string[]) => before.filter((each) => each !== value);
const withAlso = (value: unknown) => (before: readonly unknown[] | undefined) => [...(before ?? []), value];

const rooms = 'paths /v1/rooms';
const schemas = 'components schemas';

/** By the rule that finds it. */
const breaking: readonly (readonly [rule: string, ...Change])[] = [
  ['path-removed', 'paths /v1/turn-credentials', gone],
  ['operation-removed', 'paths /v1/rooms/{room} delete', gone],
  ['operation-id-changed', `${rooms} get operationId`, set('allRooms')],
  ['security-requirement-changed', `${rooms} get security 0`, set({ joinToken: [] })],
  ['parameter-removed', 'paths /v1/egresses get parameters 3', gone],
  ['parameter-became-required', 'paths /v1/sip/calls get parameters 3 required', set(true)],
  ['schema-constraint-changed', `${rooms} get parameters 0 schema maximum`, set(50)],
  ['request-body-became-required', `${rooms} post requestBody required`, set(true)],
  ['property-removed', `${schemas} CreateRoom properties region`, gone],
  ['required-properties-added', `${schemas} CreateRoom required`, withAlso('name')],
  ['schema-type-changed', `${schemas} CreateRoom properties locked type`, set('string')],
  ['schema-constraint-changed', `${schemas} CreateRoom properties maxParticipants maximum`, set(500)],
  ['schema-constraint-changed', `${schemas} CreateRoom properties name pattern`, set('^[a-z]+$')],
  ['schema-constraint-changed', `${schemas} CreateKey properties name maxLength`, set(64)],
  ['schema-constraint-changed', `${schemas} CreateWebhook properties events minItems`, set(2)],
  ['enum-values-removed', `${schemas} CreateEgress properties layout enum`, without('focus')],
  ['schema-combinator-changed', `${schemas} UpdateRoomInput properties password anyOf 1`, gone],
  ['schema-constraint-changed', `${schemas} CreateToken properties grants additionalProperties`, set(false)],
  ['response-removed', 'paths /v1/rooms/{room} get responses 404', gone],
  ['response-header-removed', 'paths /v1/whip post responses 307 headers location', gone],
  ['media-type-removed', 'paths /v1/nodes get responses 200 content application/json', gone],
  ['required-properties-removed', `${schemas} Token required`, without('expiresAt')],
  ['property-removed', `${schemas} PublishedTrack properties layers items properties width`, gone],
  ['schema-type-changed', `${schemas} Webhook properties enabled type`, set('string')],
  ['enum-values-added', `${schemas} Call properties status enum`, withAlso('held')],
];

const harmless: readonly Change[] = [
  [`${rooms} get description`, set('In other words.')],
  [`${rooms} get parameters`, withAlso({ name: 'q', in: 'query', required: false, schema: { type: 'string' } })],
  [`${rooms} get responses 418`, set({ description: 'A teapot.' })],
  ['paths /v1/teapots', set({ get: { ...toOpenApi().paths['/v1/nodes']!['get'], operationId: 'listTeapots' } })],
  [`${schemas} CreateRoom properties colour`, set({ type: 'string' })],
  [`${schemas} CreateRoom properties maxParticipants maximum`, set(5000)],
  [`${schemas} CreateEgress properties layout enum`, withAlso('pile')],
  [`${schemas} CreateIngress required`, without('identity')],
  [`${schemas} Room properties colour`, set({ type: 'string' })],
  [`${schemas} Room required`, withAlso('region')],
];

describe('a change of the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muon-released-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function diffAfter(changes: readonly Change[], versions: readonly [string, string] = ['0.1.0', '0.1.0']): Diff {
    const files = versions.map((version, index) => {
      const document = structuredClone({ ...toOpenApi(), info: { ...toOpenApi().info, version } });
      if (index === 1) for (const change of changes) apply(document, change);
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(document));
      return file;
    });
    return redoclyDiff(files[0]!, files[1]!);
  }

  test('breaks when it takes away, narrows or asks for more', { timeout: TIMEOUT_MS }, () => {
    const { rules } = diffAfter(breaking.map(([, ...change]) => change));
    expect(rules.toSorted()).toEqual(breaking.map(([rule]) => rule).toSorted());
  });

  test('is harmless when it adds, widens or explains', { timeout: TIMEOUT_MS }, () => {
    expect(diffAfter(harmless).breaking).toEqual([]);
  });

  test.each([
    ['0.1.0', '0.1.1', false],
    ['0.1.0', '0.2.0', true],
    ['1.4.2', '1.5.0', false],
    ['1.4.2', '2.0.0', true],
  ])('that breaks has to move the version: from %s to %s: %s', { timeout: TIMEOUT_MS }, (from, to, enough) => {
    const diff = diffAfter([['paths /v1/turn-credentials', gone]], [from, to]);
    expect(diff).toMatchObject({ rules: ['path-removed'], versionMoved: enough });
  });
});

function apply(document: object, [place, change]: Change): void {
  const keys = place.split(' ');
  const last = keys.pop()!;
  const holder = keys.reduce<Record<string, unknown>>(
    (within, key) => within[key] as Record<string, unknown>,
    document as Record<string, unknown>,
  );
  const value = change(holder[last] as never);
  if (value !== undefined) holder[last] = value;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
}
