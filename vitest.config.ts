import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{contract,wire,service,functions,media-node,gateways,client,web,local,infra,bench,test/drift,test/support,test/fuzz}/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**'],
          // Generous: a busy machine is slow, and only a test that hangs needs a limit.
          testTimeout: 30_000,
        },
      },
      {
        // Across services, with real peers on two cores: one file at a time.
        test: {
          name: 'end-to-end',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/{drift,support,fuzz}/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
