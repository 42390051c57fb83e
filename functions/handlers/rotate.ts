import { generateKeyPairSync } from 'node:crypto';
import { Secrets } from '../aws/secrets.ts';
import { rotateKeys } from '../aws/signing-keys.ts';
import { Signer } from '../operations/signer.ts';
import { toEmbeddedMetrics } from './embedded-metrics.ts';

/** One of the steps in which Secrets Manager has a secret rotated. */
export interface RotationEvent {
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';
}

/** What a schedule asks: how old the keys are. A rotation that never starts fails nowhere else. */
export interface KeyAgeEvent {
  readonly checkAgeOf: string;
}

const DAY_MS = 86_400_000;

/** Tells how long ago a secret was rotated, as CloudWatch reads metrics from logs. */
export function createKeyAgeCheck({ open, write, clock }: KeyAgeCheckOptions) {
  return async ({ checkAgeOf }: KeyAgeEvent): Promise<void> => {
    const rotatedAtMs = (await open().rotatedAtSeconds(checkAgeOf)) * 1000;
    const nowMs = clock();
    write(
      toEmbeddedMetrics({ signingKeyAgeDays: 'None' }, { signingKeyAgeDays: (nowMs - rotatedAtMs) / DAY_MS }, nowMs),
    );
  };
}

interface KeyAgeCheckOptions {
  readonly open: () => Pick<Secrets, 'rotatedAtSeconds'>;
  readonly write: (line: string) => void;
  readonly clock: () => number;
}

/** Rotates the keys that sign tokens. Every step may come again. */
export function createRotateHandler(open: () => Pick<Secrets, 'read' | 'prepare' | 'makeCurrent'>) {
  return async ({ SecretId, ClientRequestToken, Step }: RotationEvent): Promise<void> => {
    const secrets = open();
    const current = await secrets.read(SecretId);
    if (current?.VersionId === ClientRequestToken) return;
    const pending = await secrets.read(SecretId, 'AWSPENDING');
    const prepared = pending?.VersionId === ClientRequestToken ? pending : undefined;
    if (Step === 'createSecret' && !prepared)
      await secrets.prepare(SecretId, ClientRequestToken, rotateKeys(current?.SecretString, newKey));
    // There is nobody to set it at: nodes hear of the public keys at their next heartbeats.
    if (Step === 'createSecret' || Step === 'setSecret') return;
    if (!prepared || !current) throw new Error(`${Step} comes before the new keys are there`);
    if (Step === 'testSecret') await Signer.open(prepared.SecretString, Date.now);
    else await secrets.makeCurrent(SecretId, ClientRequestToken, current.VersionId);
  };
}

function newKey() {
  return { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kty: 'OKP' as const };
}

const openSecrets = (): Secrets => new Secrets(process.env);

const rotate = createRotateHandler(openSecrets);

const checkAge = createKeyAgeCheck({
  open: openSecrets,
  write: (line) => void process.stdout.write(`${line}\n`),
  clock: Date.now,
});

/** The Lambda function. */
export const handler = (event: RotationEvent | KeyAgeEvent): Promise<void> =>
  'checkAgeOf' in event ? checkAge(event) : rotate(event);
