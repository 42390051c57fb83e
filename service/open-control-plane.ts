import { ControlPlane } from './control-plane.ts';
import { iamSigner } from './iam-signer.ts';
import { secretSigner } from './request-signer.ts';
import type { ServiceSettings } from './settings.ts';

/** The control plane as the settings say it is found and addressed. */
export function openControlPlane({
  MUON_API_URL,
  MUON_INTERNAL_SECRET,
  MUON_REGION,
}: Pick<ServiceSettings, 'MUON_API_URL' | 'MUON_INTERNAL_SECRET' | 'MUON_REGION'>): ControlPlane {
  const sign = MUON_INTERNAL_SECRET === 'iam' ? iamSigner(MUON_REGION) : secretSigner(MUON_INTERNAL_SECRET);
  return new ControlPlane(MUON_API_URL, sign);
}
