import type { Log } from '@muon/service/log.ts';
import { sipAddresses, type SipSettings } from '../settings.ts';
import { DrachtioSignaling } from './drachtio/drachtio-signaling.ts';
import { ForkedSignaling } from './forked-signaling.ts';
import type { SignalingBackend, SignalingOptions } from './signaling.ts';

/**
 * The back end that the settings ask for.
 *
 * @throws Error when the port of SIP cannot be listened on, or drachtio-server has no secret.
 */
export async function openSignaling(settings: SipSettings, log: Log): Promise<SignalingBackend> {
  const { host, sipPort, advertisedAddress } = sipAddresses(settings);
  const options: SignalingOptions = {
    host,
    port: sipPort,
    advertisedAddress,
    allowedSources: settings.MUON_SIP_ALLOWED_SOURCES,
    callsPerSecond: settings.MUON_SIP_CALLS_PER_SECOND,
  };
  if (settings.MUON_SIP_BACKEND === 'sipjs') return ForkedSignaling.start(options, log);
  if (settings.MUON_SIP_DRACHTIO_SECRET === '') throw new Error('MUON_SIP_DRACHTIO_SECRET: must not be empty');
  const daemon = {
    host: settings.MUON_SIP_DRACHTIO_HOST,
    port: settings.MUON_SIP_DRACHTIO_PORT,
    secret: settings.MUON_SIP_DRACHTIO_SECRET,
  };
  return DrachtioSignaling.start(options, daemon, log);
}
