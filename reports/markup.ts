/** Text that is markup already. Everything else that a template meets is escaped. */
export interface Markup {
  readonly markup: string;
}

export type Content = string | number | Markup | readonly Content[] | false | null | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Control characters are legal in neither HTML nor XML (tab, line feed and carriage return are).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
const LONE_SURROGATE =
  /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g;

/** Text from anywhere (models write any byte) with what cannot be shown replaced by what can. */
export const visibleText = (text: string): string =>
  text
    .replace(CONTROL, (c) => (c === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + c.charCodeAt(0))))
    .replace(LONE_SURROGATE, '\ufffd');

/** Text from anywhere made safe in HTML and XML text and quoted attributes. */
export const escapeText = (text: string): string => visibleText(text).replace(/[&<>"']/g, (c) => ENTITIES[c]);

/** Template for HTML and SVG: interpolated text is escaped, lists are joined, false and null vanish. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let markup = strings[0];
  values.forEach((value, i) => {
    markup += render(value) + strings[i + 1];
  });
  return { markup };
}

/** Marks a string made by this project, such as a finished chart, as markup. */
export const raw = (markup: string): Markup => ({ markup });

function render(value: Content): string {
  if (value === false || value === null || value === undefined) return '';
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
}
