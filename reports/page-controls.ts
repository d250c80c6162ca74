/**
 * Script of a page's controls: long tables get a filter, tables of runs a choice of two to compare. Built by the
 * script, so that a page without scripts, or on paper, shows nothing that does not work.
 */
export const controlsScript = `
(() => {
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const LONG = 8;
  const plain = (text) => text.toLowerCase().split(/\\s+/).filter(Boolean).join(' ');

  const addFilter = (table, bar) => {
    const input = make('input', { type: 'search', placeholder: 'text, more text', autocomplete: 'off' });
    const count = make('output', {});
    bar.append(make('label', {}, 'Filter ', input), count);
    let rows;
    input.addEventListener('input', () => {
      const textOf = (row) => plain([...row.cells].map((cell) => cell.textContent).join(' '));
      rows ??= [...table.tBodies[0].rows].map((row) => ({ row, text: textOf(row) }));
      const words = input.value.split(',').map(plain).filter(Boolean);
      let shown = 0;
      for (const { row, text } of rows) {
        const fits = words.every((word) => text.includes(word));
        row.hidden = !fits;
        if (fits) shown++;
      }
      count.textContent = words.length === 0 ? '' : shown + ' of ' + rows.length + ' rows';
    });
  };

  const addComparison = (table, frame, bar) => {
    const names = Number(table.dataset.compare);
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].slice(names);
    const nameOf = (row) => [...row.cells].slice(0, names).map((cell) => cell.textContent).join(', ');
    // Filled when first touched: a page of a thousand runs opens at once.
    const choose = () => make('select', {}, make('option', { value: '', textContent: 'choose' }));
    const first = choose();
    const second = choose();
    const fill = () => {
      if (first.options.length > 1) return;
      const options = rows.map((row, i) => make('option', { value: String(i), textContent: nameOf(row) }));
      first.append(...options);
      second.append(...options.map((option) => option.cloneNode(true)));
    };
    bar.addEventListener('focusin', fill);
    bar.addEventListener('pointerenter', fill);
    bar.append(make('label', {}, 'Compare ', first), make('label', {}, 'with ', second));
    const place = make('div', { className: 'compared' });
    place.setAttribute('role', 'status');
    frame.before(place);
    const keyOf = (cell) => Number(cell.dataset.v ?? (cell.textContent.trim() || NaN));
    const line = (tag, texts) =>
      make('tr', {}, ...texts.map((text, i) => {
        const cell = make(i === 0 ? 'th' : tag, { textContent: text, className: i === 0 ? '' : 'n' });
        if (i === 0 || tag === 'th') cell.scope = tag === 'th' ? 'col' : 'row';
        return cell;
      }));
    const show = () => {
      place.replaceChildren();
      if (first.value === '' || second.value === '') return;
      const [a, b] = [rows[first.value], rows[second.value]];
      const body = heads.map((head, i) => {
        const [x, y] = [a.cells[names + i], b.cells[names + i]];
        const ratio = keyOf(y) / keyOf(x);
        const both = x.dataset.v !== '' && y.dataset.v !== '' && Number.isFinite(ratio);
        const same = x.textContent === y.textContent;
        const change = same ? 'same' : both ? '\\u00d7 ' + ratio.toPrecision(3) : 'differs';
        return line('td', [head.textContent, x.textContent, y.textContent, change]);
      });
      const head = line('th', ['', nameOf(a), nameOf(b), 'second over first']);
      const caption = make('caption', { textContent: 'Two runs compared' });
      place.append(make('table', {}, caption, make('thead', {}, head), make('tbody', {}, ...body)));
    };
    first.addEventListener('change', show);
    second.addEventListener('change', show);
  };

  for (const table of document.querySelectorAll('table.sortable')) {
    const long = table.tBodies[0].rows.length >= LONG;
    const runs = table.dataset.compare !== undefined;
    if (!long && !runs) continue;
    const frame = table.parentElement;
    const bar = make('div', { className: 'controls' });
    frame.before(bar);
    if (long) addFilter(table, bar);
    if (runs) addComparison(table, frame, bar);
  }
})();
`;
