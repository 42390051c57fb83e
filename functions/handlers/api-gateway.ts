import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Refusal } from '../domain/refusal.ts';
import { toProblemResponse } from '../http/problem.ts';
import { openedOnce } from './opened.ts';

/** What its IAM authorizer adds to an event; the types know it of REST APIs alone. */
interface Authorized {
  readonly authorizer?: { readonly iam?: { readonly userArn?: string | null } };
}

/** What API Gateway knows of a request besides what is in it. */
interface Bindings {
  readonly requestId: string;
  /** Who signed it, when its IAM authorizer has looked. */
  readonly callerArn?: string;
}

/** Anything that answers a request of the Fetch standard. */
interface App {
  fetch(request: Request, bindings: Bindings): Response | Promise<Response>;
}

/** A Lambda function behind an HTTP API (payload format 2.0). */
export type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** Makes an app a Lambda function. */
export function toHandler(open: () => Promise<App>): Handler {
  const opened = openedOnce(open);
  return async (event) => {
    const { requestId } = event.requestContext;
    const request = toRequest(event);
    if (!request)
      return toResult(toProblemResponse(new Refusal('invalid-request', 'The request cannot be read.'), requestId));
    const app = await opened();
    return toResult(await app.fetch(request, { requestId, ...callerOf(event) }));
  };
}

function callerOf({ requestContext }: APIGatewayProxyEventV2): Pick<Bindings, 'callerArn'> {
  const callerArn = (requestContext as Authorized).authorizer?.iam?.userArn;
  return typeof callerArn === 'string' ? { callerArn } : {};
}

/** The request of an event; undefined when it is one that cannot be (a method like TRACE, a broken URL). */
function toRequest(event: APIGatewayProxyEventV2): Request | undefined {
  const { method } = event.requestContext.http;
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(`https://${event.requestContext.domainName}${event.rawPath}${query}`, {
      method,
      headers: Object.entries(event.headers).filter((header): header is [string, string] => header[1] !== undefined),
      ...(hasBody ? { body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') } : {}),
    });
  } catch {
    return undefined;
  }
}

async function toResult(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    isBase64Encoded: false,
  };
}
