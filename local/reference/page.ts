import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { html, type Html } from './html.ts';

const style = { html: readFileSync(join(import.meta.dirname, 'style.css'), 'utf8') };

/** A whole page. */
export function toPage(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.html.trim();
}
