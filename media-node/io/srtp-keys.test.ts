import { expect, test } from 'vitest';
import { deriveKeys } from './srtp-keys.ts';

function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

test('session keys are those of RFC 3711, appendix B.3', () => {
  const master = { key: fromHex('E1F97A0D3E018BE0D64FA32C06DE4139'), salt: fromHex('0EC675AD498AFEEBB6960B3AABE6') };
  const { rtp } = deriveKeys('AES_CM_128_HMAC_SHA1_80', master);
  expect(rtp.encryption.export().toString('hex').toUpperCase()).toBe('C61E7A93744F39EE10734AFE3FF7A087');
  expect(Buffer.from(rtp.salt).toString('hex').toUpperCase()).toBe('30CBBC08863D8C85D49DB34A9AE1');
  expect(rtp.authentication.export().toString('hex').toUpperCase()).toBe('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4');
});
