import { openLog } from '@muon/service/log.ts';
import { logFatalErrors, runProcess } from '@muon/service/process.ts';
import { readSettings } from '@muon/service/settings.ts';
import { Gateway } from './gateway.ts';
import { sipSettings } from './settings.ts';

await runProcess(async () => {
  const settings = readSettings(sipSettings, process.env);
  const log = openLog('sip-gateway', settings.MUON_LOG_LEVEL);
  logFatalErrors(log);
  const gateway = await Gateway.start(settings, log);
  log.info('phones can call');
  return gateway;
});
