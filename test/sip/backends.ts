import { test } from 'vitest';
import { drachtioProgram, NO_DRACHTIO } from '../support/drachtio.ts';
import type { SipBackend } from './gateway-process.ts';

/** The back ends that can be tried here; says which cannot. */
export function sipBackends(): readonly SipBackend[] {
  if (drachtioProgram !== undefined) return ['sipjs', 'drachtio'];
  test.skip(`by drachtio, ${NO_DRACHTIO}`);
  return ['sipjs'];
}
