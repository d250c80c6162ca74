import { controlsScript } from './page-controls.js';

/**
 * The only script of a page: hover and keyboard values in charts, sorting of tables, details open on paper, and
 * the controls. A page says everything without it. It is text because it runs in the reader's browser, not here.
 */
export const pageScript = `'use strict';
(() => {
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.hidden = true;
  tip.setAttribute('role', 'status');
  document.body.append(tip);
  const hide = () => { tip.hidden = true; };
  const show = (text, x, y) => {
    tip.textContent = text;
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x - width / 2, innerWidth - width - 4)) + 'px';
    tip.style.top = (y - height - 12 > 0 ? y - height - 12 : y + 16) + 'px';
  };

  for (const chart of document.querySelectorAll('svg.chart')) {
    const title = chart.querySelector('title');
    const text = title.textContent + '. ' + chart.querySelector('desc').textContent;
    chart.setAttribute('aria-label', text);
    chart.removeAttribute('aria-labelledby');
    title.remove();
    const marks = [...chart.querySelectorAll('.mark')].map((element) => {
      const own = element.querySelector('title');
      const value = own.textContent;
      own.remove();
      return { value, element };
    });
    const series = chart.querySelector('.points');
    const points = series ? JSON.parse(series.dataset.points) : [];
    const stops = marks.length + points.length;
    if (stops === 0) continue;
    const cursor = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    cursor.setAttribute('class', 'cursor');
    cursor.setAttribute('r', '4');
    let now = -1;
    const clear = () => {
      marks[now]?.element.classList.remove('on');
      cursor.remove();
      now = -1;
      hide();
    };
    const go = (stop, x, y) => {
      clear();
      now = stop;
      if (stop < marks.length) {
        const { element, value } = marks[stop];
        element.classList.add('on');
        const box = element.getBoundingClientRect();
        show(value, x ?? box.left + box.width / 2, y ?? box.top);
        return;
      }
      const [cx, cy, value] = points[stop - marks.length];
      cursor.setAttribute('cx', cx);
      cursor.setAttribute('cy', cy);
      series.append(cursor);
      const box = cursor.getBoundingClientRect();
      show(value, box.left + box.width / 2, box.top);
    };
    chart.setAttribute('tabindex', '0');
    chart.setAttribute('aria-description', 'Left and right arrow keys read the values.');
    chart.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        go(now < 0 ? (step > 0 ? 0 : stops - 1) : (now + step + stops) % stops);
        event.preventDefault();
      } else if (event.key === 'Escape') clear();
    });
    chart.addEventListener('blur', clear);
    chart.addEventListener('pointerleave', clear);
    chart.addEventListener('pointermove', (event) => {
      if (points.length > 0) {
        const box = chart.getBoundingClientRect();
        const x = ((event.clientX - box.left) * chart.viewBox.baseVal.width) / box.width;
        let best = 0;
        points.forEach(([px], i) => { if (Math.abs(px - x) < Math.abs(points[best][0] - x)) best = i; });
        go(marks.length + best);
        return;
      }
      const stop = marks.findIndex(({ element }) => element === event.target);
      if (stop >= 0) go(stop, event.clientX, event.clientY);
      else clear();
    });
  }

  for (const table of document.querySelectorAll('table.sortable')) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      const keyOf = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const number = (key) => key.trim() !== '' && Number.isFinite(Number(key));
      button.addEventListener('click', () => {
        const before = head.getAttribute('aria-sort');
        const first = head.classList.contains('n') ? 'descending' : 'ascending';
        const order = !before ? first : before === 'ascending' ? 'descending' : 'ascending';
        for (const other of heads) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', order);
        const sign = order === 'ascending' ? 1 : -1;
        const rows = [...body.rows].map((row) => ({ row, key: keyOf(row) }));
        rows.sort((a, b) => {
          if (number(a.key) && number(b.key)) return sign * (Number(a.key) - Number(b.key));
          if (number(a.key) !== number(b.key)) return number(a.key) ? -1 : 1;
          return sign * a.key.localeCompare(b.key);
        });
        body.append(...rows.map(({ row }) => row));
      });
    });
  }

  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
})();
${controlsScript}`;
