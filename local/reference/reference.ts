import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenApi, Operation } from '@muon/functions/openapi/document.ts';
import { html, type Html } from './html.ts';
import { fromInlineMarkdown, fromMarkdown } from './markdown.ts';
import { toPage } from './page.ts';
import { toProperty, toPropertyList } from './schema.ts';

const icon = { html: readFileSync(join(import.meta.dirname, '../../web/icon.svg'), 'utf8') };

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The API reference as one page. */
export function toReferencePage(api: OpenApi): string {
  const entries = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = api.tags.map((tag) => ({
    ...tag,
    entries: entries.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  return toPage(
    'Muon API reference',
    html`<nav>
        <a class="brand" href="/">${icon} Muon</a>
        <a href="/openapi.yaml">openapi.yaml</a>
        ${groups.map(
          ({ name, entries: members }) =>
            html`<h2>${name}</h2>
              <ul>
                ${members.map(
                  ({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`,
                )}
              </ul>`,
        )}
      </nav>
      <main>
        <h1>API reference</h1>
        ${fromMarkdown(api.info.description)}
        ${groups.map(
          (group) =>
            html`<section class="group">
              <h2>${group.name}</h2>
              <p>${group.description}</p>
              ${group.entries.map((entry) => toSection(entry, api))}
            </section>`,
        )}
      </main>`,
  );
}

function toSection({ method, path, operation }: Entry, api: OpenApi): Html {
  const { schemas } = api.components;
  const { parameters = [], requestBody } = operation;
  const body = requestBody?.content['application/json'];
  const [status, success] = Object.entries(operation.responses)[0] ?? [];
  const answer = success?.content?.['application/json'];
  return html`<article class="operation" id="${operation.operationId}">
    <div>
      <h3>${operation.summary}</h3>
      <div class="route"><span class="method ${method}">${method}</span>${path}</div>
      ${fromMarkdown(operation.description)}
      ${
        parameters.length > 0
          ? html`<h4>Parameters</h4>
              <dl>
                ${parameters.map(({ name, schema, required, description }) =>
                  toProperty(name, { ...schema, description }, required, schemas),
                )}
              </dl>`
          : undefined
      }
      ${
        body
          ? html`<h4>Body</h4>
              ${toPropertyList(body.schema, schemas)}`
          : undefined
      }
      ${
        answer
          ? html`<h4>Answer</h4>
              <div class="answer">${toPropertyList(answer.schema, schemas)}</div>`
          : undefined
      }
      <h4>Refusals</h4>
      <ul class="refusals">
        ${toRefusals(operation)}
      </ul>
    </div>
    <div>
      <h4>Request</h4>
      <pre>${toCurl({ method, path, operation })}</pre>
      <h4>Answer ${status}</h4>
      ${
        answer?.example === undefined
          ? html`<p>${success?.description}</p>`
          : html`<pre>${JSON.stringify(answer.example, undefined, 2)}</pre>`
      }
    </div>
  </article>`;
}

function toRefusals({ responses }: Operation): Html[] {
  return Object.entries(responses).flatMap(([status, { content, description }]) => {
    const codes = Object.keys(content?.['application/problem+json']?.examples ?? {});
    const titles = description.split(/(?<=\.) (?=`)/);
    return codes.map(
      (code, index) =>
        html`<li>
          ${status} <a href="/problems/${code}"><code>${code}</code></a> ${fromInlineMarkdown(
            titles[index]?.split(': ')[1] ?? '',
          )}
        </li>`,
    );
  });
}

function toCurl({ method, path, operation }: Entry): string {
  const bearer = operation.security.some((scheme) => 'joinToken' in scheme) ? '$JOIN_TOKEN' : '$API_KEY';
  const example = operation.requestBody?.content['application/json']?.example;
  const filled = path.replace('{room}', 'algebra-101').replace('{egress}', '$EGRESS_ID');
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}http://localhost:8080${filled}`,
    `  -H "authorization: Bearer ${bearer}"`,
    ...(example === undefined
      ? []
      : [`  -H 'content-type: application/json'`, `  -d '${JSON.stringify(example, undefined, 2)}'`]),
  ];
  return lines.join(' \\\n');
}
