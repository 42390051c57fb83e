import { html, type Html } from './html.ts';

/** The little Markdown that our descriptions and pages use: headings, paragraphs, `code` and **strong** text. */
export function fromMarkdown(text: string): Html {
  const blocks = text.trim().split(/\n{2,}/);
  return html`${blocks.map(toBlock)}`;
}

/** One line of it. */
export function fromInlineMarkdown(text: string): Html {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return html`${parts.map((part) => {
    if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`;
    if (part.startsWith('**')) return html`<strong>${part.slice(2, -2)}</strong>`;
    return part;
  })}`;
}

function toBlock(block: string): Html {
  const [, level, heading] = /^(#{1,2}) (.*)$/.exec(block) ?? [];
  if (heading === undefined) return html`<p>${fromInlineMarkdown(block)}</p>`;
  return level === '#' ? html`<h1>${fromInlineMarkdown(heading)}</h1>` : html`<h2>${fromInlineMarkdown(heading)}</h2>`;
}
