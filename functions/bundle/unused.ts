import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const folder = join(import.meta.dirname, 'unused');

/** Packages that come along and that no function uses, and what stands in for them. */
export const unusedPackages = {
  '@aws-sdk/middleware-endpoint-discovery': join(folder, 'endpoint-discovery.ts'),
  '@smithy/core/event-streams': join(folder, 'event-streams.ts'),
};

/** Leaves out how zod makes JSON Schemas. */
export const withoutJsonSchemaPlugin: Plugin = {
  name: 'without-json-schema',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]core[\\/]to-json-schema\.js$/ }, async () => ({
      contents: await readFile(join(folder, 'json-schema.ts'), 'utf8'),
      loader: 'ts',
    }));
  },
};

/** Of the AWS SDK's package.json, it tells its version alone. */
export const withoutPackageJsonPlugin: Plugin = {
  name: 'without-package-json',
  setup(build) {
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/][\w-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
