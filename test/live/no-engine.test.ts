import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { EGRESS_ID, LiveStage } from './stage.ts';

/** Makes node-av a package that is not there, in the gateway's processes. */
const hook = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'node-av') throw Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(specifier, context);
    },
  });
`;

test('without the media engine a broadcast fails with its reason, and the gateway goes on', async () => {
  const stage = await LiveStage.start({
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}`,
    MUON_LOG_LEVEL: 'silent',
  });
  stage.broadcast();
  await until('it has failed', () => stage.plane.status(EGRESS_ID)?.status === 'failed', { timeoutMs: 40_000 });
  expect(stage.plane.status(EGRESS_ID)?.reason).toContain('node-av');
  expect((await fetch(`${stage.hlsUrl}/healthz`)).status).toBe(200);
  expect((await fetch(stage.masterUrl)).status).toBe(404);
  await stage.close();
});
