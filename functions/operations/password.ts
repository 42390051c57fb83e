import { scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { RandomBytes } from './random.ts';

const derive = promisify<string, Uint8Array, number, { cost: number }, Buffer>(scrypt);

/** People choose passwords that can be guessed, so that each guess has to cost something (RFC 7914). */
const COST = 2 ** 14;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** As it may be kept: `salt.hash`, both in base64url. */
export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  const salt = Buffer.from(random(SALT_BYTES));
  const hash = await derive(password.normalize(), salt, HASH_BYTES, { cost: COST });
  return `${salt.toString('base64url')}.${hash.toString('base64url')}`;
}

export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [salt = '', hash = ''] = kept.split('.');
  const derived = await derive(password.normalize(), Buffer.from(salt, 'base64url'), HASH_BYTES, { cost: COST });
  return timingSafeEqual(derived, Buffer.from(hash, 'base64url'));
}
