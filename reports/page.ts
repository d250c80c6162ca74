import { NARROW, WIDE } from './charts/svg.js';
import { type Content, html, type Markup, raw } from './markup.js';
import { pageScript } from './page-script.js';
import { pageStyle } from './page-style.js';

/**
 * Nothing is fetched, nothing runs but the one script: its sha256 and the style's. A test computes both and
 * says what to write here.
 */
export const SCRIPT_HASH = 'sha256-8/KDCuLckraj+5xkU8bi5rqCGDsV3DTx8W+zNciAPgA=';
export const STYLE_HASH = 'sha256-YQtnL9wFolRi1+Nb6Uz2zyl1ubCfvAPvX/2Uph+bRRc=';

const POLICY = [
  "default-src 'none'",
  `style-src '${STYLE_HASH}'`,
  `script-src '${SCRIPT_HASH}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A complete page in one file: no other file and no network is needed to read it. */
export function page(title: string, body: Content): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="xenon-sim">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(pageStyle)}</style>
</head>
<body>
${body}
<script>${raw(pageScript)}</script>
</body>
</html>
`.markup;
}

/** A chart for paper and screen, and the same for a phone; the style shows one of them. */
export const figure = (draw: (width: number) => string): Markup => html`<figure>
<div class="wide">${raw(draw(WIDE))}</div>
<div class="narrow">${raw(draw(NARROW))}</div>
</figure>`;

/** A command line that breaks between words, not inside an option. */
export const commandLine = (command: string): Markup =>
  html`<pre>${command.split(' ').map((word, i) => html`${i > 0 && ' '}<span>${word}</span>`)}</pre>`;

/** A link that saves a table the page carries inside itself. */
export function download(file: string, content: string): Markup {
  const data = encodeURIComponent(content.replace(/[\ud800-\udfff]/gu, '\ufffd'));
  return html`<a download="${file}" href="data:text/csv;charset=utf-8,${data}">${file}</a>`;
}
