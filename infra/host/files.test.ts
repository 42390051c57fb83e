import { describe, expect, test } from 'vitest';
import { toFiles } from './files.ts';
import { bootSettings } from './settings.ts';

const settings = bootSettings.parse({
  MUON_ROLE: 'sip',
  MUON_REGION: 'eu-central-1',
  MUON_API_URL: 'https://api.example.com',
  MUON_MEDIA_DOMAIN: 'media.example.com',
  MUON_CDN_URL: 'https://console.example.com',
  MUON_NODES: '1',
  MUON_LOG_GROUP: 'hosts',
  MUON_TURN_SECRET_ARN: '',
  MUON_CERTIFICATE_ARN: '',
});
const facts = { instanceId: 'i-1', publicIp: '192.0.2.1', privateIp: '10.0.0.5' };

describe('a host for telephones', () => {
  test('speaks SIP by itself where the release has no drachtio-server', () => {
    const files = toFiles(settings, facts);
    expect(files.map(({ name }) => name)).toEqual(['common.env', 'sip-gateway.env']);
    expect(files[1]!.text).not.toContain('DRACHTIO');
  });

  test('speaks SIP by drachtio-server, at its own address as the static one, and keeps the secret from everybody', () => {
    const files = toFiles(settings, { ...facts, drachtioSecret: 'a-secret' });
    const telling = files.filter(({ text }) => text.includes('a-secret'));
    expect(telling.map(({ name, owner }) => [name, owner])).toEqual([
      ['sip-gateway.env', 'root'],
      ['drachtio.env', 'root'],
    ]);
    const config = files.find(({ name }) => name === 'drachtio.conf.xml')!.text;
    expect(config).toContain('<contact external-ip="192.0.2.1">sip:10.0.0.5:5060;transport=udp,tcp</contact>');
    expect(config).toContain('<admin port="9022">127.0.0.1</admin>');
  });
});
