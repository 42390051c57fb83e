import { publicRoutes } from '@muon/contract/routes.ts';
import { createApp } from '../http/app.ts';
import { publicOperations } from '../operations/public.ts';
import { type Handler, toHandler } from './api-gateway.ts';
import { type Dependencies, openContext } from './context.ts';
import { fromEnvironment } from './lambda.ts';

/** The public API. */
export function createApiHandler(dependencies: () => Dependencies | Promise<Dependencies>): Handler {
  return toHandler(async () => {
    const { settings, log, ...rest } = await dependencies();
    return createApp({
      routes: publicRoutes,
      operations: publicOperations,
      context: await openContext({ settings, log, ...rest }),
      internalSecret: settings.MUON_INTERNAL_SECRET,
      log,
    });
  });
}

/** The Lambda function. */
export const handler = createApiHandler(fromEnvironment);
