import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ProblemCode, problems } from '@muon/contract/problem.ts';
import { internalRoutes, publicRoutes, type Route } from '@muon/contract/routes.ts';
import { expect, test } from 'vitest';
import { internalOperations } from '../operations/internal.ts';
import { publicOperations } from '../operations/public.ts';
import { toOpenApi } from './document.ts';
import { examples } from './examples.ts';

const root = join(import.meta.dirname, '../..');

test('every route has an operation', () => {
  expect(Object.keys(publicOperations).toSorted()).toEqual(Object.keys(publicRoutes).toSorted());
  expect(Object.keys(internalOperations).toSorted()).toEqual(Object.keys(internalRoutes).toSorted());
});

test.each(Object.keys(problems) as ProblemCode[])('the problem %s has a page', (code) => {
  expect(existsSync(join(root, 'docs/problems', `${code}.md`))).toBe(true);
});

test.each(Object.entries<Route>(publicRoutes))('the examples of %s fit its schemas', (name, { body, response }) => {
  const { request, response: answer } = examples[name as keyof typeof examples];
  expect(body?.safeParse(request).error).toBeUndefined();
  expect(response?.safeParse(answer).error).toBeUndefined();
});

test('the document has every public route and no internal one', () => {
  const operations = Object.values(toOpenApi().paths).flatMap((path) => Object.values(path));
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(publicRoutes).toSorted());
});
