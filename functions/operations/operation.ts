import type { internalRoutes, publicRoutes, Route } from '@muon/contract/routes.ts';
import type { JoinClaims } from '@muon/contract/token.ts';
import type * as z from 'zod';
import type { ApiKey } from '../domain/api-key.ts';
import type { Context } from './context.ts';

type Parsed<Part> = Part extends z.ZodType ? z.output<Part> : undefined;

/** What a request carries, parsed by its route's schemas. */
export interface Input<Of extends Route> {
  readonly params: Of extends { params: infer Params } ? Parsed<Params> : undefined;
  readonly query: Of extends { query: infer Query } ? Parsed<Query> : undefined;
  readonly body: Of extends { body: infer Body } ? Parsed<Body> : undefined;
  /** The API key, where one is asked for. */
  readonly key: Of extends { auth: { kind: 'key' } } ? ApiKey : undefined;
  /** The revision that the resource must still have; undefined when any will do. */
  readonly ifMatch: number | undefined;
  /** Of the join token, where one is asked for. */
  readonly claims: Of extends { auth: { kind: 'join' } } ? JoinClaims : undefined;
}

type Answer<Of extends Route> = Of extends { response: infer Response extends z.ZodType } ? z.input<Response> : void;

type Operation<Of extends Route> = (context: Context, input: Input<Of>) => Promise<Answer<Of>>;

type Registry = typeof publicRoutes & typeof internalRoutes;

/** One use case for each route of the contract. */
export type Operations = { readonly [Name in keyof Registry]: Operation<Registry[Name]> };
