import { once } from 'node:events';
import {
  CipherContext,
  DtlsClient,
  HashAlgorithm,
  NamedCurveAlgorithm,
  RTCSctpTransport,
  SignatureAlgorithm,
} from 'werift';
import { beforeAll, describe, expect, test } from 'vitest';
import { createCertificate, DataChannels, Dtls, matchesFingerprint, type Certificate } from './werift.ts';

let certificate: Certificate;

beforeAll(async () => {
  certificate = await createCertificate();
});

/** What becomes of the datagrams that a client sends at once. */
type Network = (flight: readonly Buffer[]) => readonly Buffer[];

interface Pair {
  readonly dtls: Dtls;
  readonly client: DtlsClient;
  /** What our side has sent. */
  readonly sent: readonly Buffer[];
}

/** A client of werift's own, joined to our side. `keyPem` may be another's than the certificate's. */
function join(certPem: string, keyPem: string, network: Network = (flight) => flight): Pair {
  const sent: Buffer[] = [];
  let flight: Buffer[] = [];
  const transport = {
    type: 'udp',
    address: { address: '', family: 'IPv4', port: 0 },
    closed: false,
    onData: (_data: Buffer, _from: readonly [string, number]) => {},
    send: (bytes: Buffer) => {
      flight.push(Buffer.from(bytes));
      setImmediate(() => {
        for (const datagram of network(flight)) dtls.receive(datagram);
        flight = [];
      });
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const dtls = new Dtls(certificate, ['AEAD_AES_128_GCM'], (bytes) => {
    sent.push(Buffer.from(bytes));
    setImmediate(() => transport.onData(Buffer.from(bytes), ['', 0]));
  });
  const client = new DtlsClient({
    cert: certPem,
    key: keyPem,
    signatureHash: { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    srtpProfiles: [7],
    extendedMasterSecret: true,
    transport,
  });
  client.onError.subscribe(() => {});
  void client.connect().catch(() => {});
  return { dtls, client, sent };
}

function connect(certPem: string, keyPem: string): Dtls {
  return join(certPem, keyPem).dtls;
}

function clientCertificate(): Promise<{ certPem: string; keyPem: string }> {
  return CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
}

describe('DTLS', () => {
  test('connects to a client that proves to hold the key of its certificate', async () => {
    const { certPem, keyPem } = await clientCertificate();
    const dtls = connect(certPem, keyPem);
    await once(dtls, 'connected');
    expect(dtls.remoteCertificate).toBeDefined();
    expect(dtls.sessionKeys()).toMatchObject({ profile: 'AEAD_AES_128_GCM' });
    expect(dtls.sessionKeys()!.local.key).not.toEqual(dtls.sessionKeys()!.remote.key);
    dtls.close();
  });

  test.each<[string, Network]>([
    ['doubled', (flight) => flight.flatMap((datagram) => [datagram, datagram])],
    ['sent again as a whole', (flight) => [...flight, ...flight, ...flight]],
    ['reordered', (flight) => [...flight.toReversed(), ...flight]],
  ])('agrees on the same keys when what the client sends is %s', async (_, network) => {
    const { certPem, keyPem } = await clientCertificate();
    const { dtls, client } = join(certPem, keyPem, network);
    await Promise.all([once(dtls, 'connected'), client.onConnect.asPromise()]);
    const theirs = client.extractSessionKeys(16, 12);
    expect(dtls.sessionKeys()).toMatchObject({
      local: { key: theirs.remoteKey, salt: theirs.remoteSalt },
      remote: { key: theirs.localKey, salt: theirs.localSalt },
    });
    dtls.close();
  });

  test('never encrypts two records under one number', async () => {
    const { certPem, keyPem } = await clientCertificate();
    const { dtls, sent } = join(certPem, keyPem);
    await once(dtls, 'connected');
    for (let at = 0; at < 100; at++) dtls.send(Buffer.alloc(10));
    const encrypted = sent.filter((datagram) => datagram.readUInt16BE(3) === 1);
    expect(encrypted).toHaveLength(101);
    expect(new Set(encrypted.map((datagram) => datagram.toString('hex', 5, 11))).size).toBe(101);
    dtls.close();
  });

  test("fails with a client that shows another's certificate", async () => {
    const shown = await clientCertificate();
    const held = await clientCertificate();
    const dtls = connect(shown.certPem, held.keyPem);
    const outcome = await Promise.race([
      once(dtls, 'failed').then(() => 'failed'),
      once(dtls, 'connected').then(() => 'connected'),
    ]);
    expect(outcome).toBe('failed');
    dtls.close();
  });

  test('once it is up, is not ended or begun anew by unprotected records', async () => {
    const { certPem, keyPem } = await clientCertificate();
    const dtls = connect(certPem, keyPem);
    await once(dtls, 'connected');
    let closed = false;
    dtls.on('closed', () => (closed = true));
    const record = (type: number, epoch: number, body: number[]): Buffer =>
      Buffer.from([type, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 9, 0, body.length, ...body]);
    dtls.receive(record(21, 0, [1, 0]));
    dtls.receive(record(21, 1, [1, 0, ...Array<number>(24).fill(0)]));
    dtls.receive(record(22, 0, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    dtls.receive(record(63, 1, [1]));
    expect(closed).toBe(false);
    expect(dtls.connected).toBe(true);
    dtls.close();
  });
});

test('a fingerprint counts by SHA-2 alone', async () => {
  const dtls = connect(certificate.certPem, certificate.keyPem);
  await once(dtls, 'connected');
  const der = dtls.remoteCertificate!;
  expect(matchesFingerprint(der, `sha-256 ${certificate.fingerprint}`)).toBe(true);
  expect(matchesFingerprint(der, `SHA-256 ${certificate.fingerprint.toLowerCase()}`)).toBe(true);
  expect(matchesFingerprint(der, `sha-256 ${certificate.fingerprint.replace(/^../, '00')}`)).toBe(false);
  expect(matchesFingerprint(der, 'sha-1 00')).toBe(false);
  expect(matchesFingerprint(der, '')).toBe(false);
  dtls.close();
});

describe('what werift keeps to itself, and we touch,', () => {
  test('is where it was: DTLS', () => {
    const dtls = new Dtls(certificate, ['AEAD_AES_128_GCM'], () => {});
    dtls.receive(Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0]));
    dtls.close();
    expect(typeof CipherContext.prototype.verifyData).toBe('function');
    expect(typeof CipherContext.prototype.decryptPacket).toBe('function');
  });

  test.each(['datachannelReceive', 'dataChannelFlush', 'setDtlsTransport', 'start', 'stop'])(
    'is where it was: SCTP %s',
    (name) => {
      expect(typeof (new RTCSctpTransport() as unknown as Record<string, unknown>)[name]).toBe('function');
    },
  );
});

test('garbage in place of SCTP ends nothing', async () => {
  const channels = new DataChannels(() => {});
  channels.start(5000, 65_536);
  for (let length = 0; length < 300; length++) channels.receive(Buffer.alloc(length, length));
  await new Promise((resolve) => setTimeout(resolve, 20));
  channels.close();
});
