import { internalRoutes } from '@muon/contract/routes.ts';
import { createApp } from '../http/app.ts';
import { internalOperations } from '../operations/internal.ts';
import { type Handler, toHandler } from './api-gateway.ts';
import { type Dependencies, openContext } from './context.ts';
import { fromEnvironment } from './lambda.ts';

/** What nodes and gateways call. */
export function createInternalHandler(dependencies: () => Dependencies | Promise<Dependencies>): Handler {
  return toHandler(async () => {
    const { settings, log, ...rest } = await dependencies();
    return createApp({
      routes: internalRoutes,
      operations: internalOperations,
      context: await openContext({ settings, log, ...rest }),
      internalSecret: settings.MUON_INTERNAL_SECRET,
      log,
    });
  });
}

/** The Lambda function. */
export const handler = createInternalHandler(fromEnvironment);
