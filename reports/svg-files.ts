import { standalone } from './charts/style.js';
import { WIDE } from './charts/svg.js';

/** The charts of a page as files of their own, by name: the same drawing with its style inside. */
export function chartFiles(page: string): { readonly name: string; readonly svg: string }[] {
  const charts = page.match(/<svg class="chart"[\s\S]*?<\/svg>\n?/g) ?? [];
  return charts.flatMap((svg) => {
    const [, name, width] = /id="([^"]+)-(\d+)"/.exec(svg) ?? [];
    return Number(width) === WIDE ? [{ name: `${name}.svg`, svg: standalone(svg) }] : [];
  });
}
