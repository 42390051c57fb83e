import * as z from 'zod';

/** What an API key may be used for. */
export const scopes = [
  'keys:read',
  'keys:write',
  'rooms:read',
  'rooms:write',
  'tokens:write',
  'egresses:read',
  'egresses:write',
  'ingresses:read',
  'ingresses:write',
  'sip:read',
  'sip:write',
  'calls:read',
  'calls:write',
  'turn:write',
  'nodes:read',
  'nodes:write',
  'usage:read',
  'webhooks:read',
  'webhooks:write',
] as const;

export type Scope = (typeof scopes)[number];

/** Later versions may add some. */
export const scope = z.enum(scopes).meta({ open: true });
