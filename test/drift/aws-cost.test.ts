import { writeCostSheet } from '@muon/infra/cost/sheet.ts';
import { expect, test } from 'vitest';

test('docs/aws/cost.md is what the model says', async () => {
  await expect(writeCostSheet()).toMatchFileSnapshot('../../docs/aws/cost.md');
});
