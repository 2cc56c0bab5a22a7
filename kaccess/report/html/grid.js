// The matrix. Of its cells only those are there that can be seen, so that thousands of rows and columns cost nothing.

const ROW_HEIGHT = 44;
const OVERSCAN = 6;
const NARROW = 40;
const WIDE = 84;
const WORD = 72;

class Grid {
  constructor(frame, table, open) {
    Object.assign(this, { frame, table, open, rows: [], columns: [], row: 0, column: 0, title: '' });
    this.body = make('tbody');
    frame.addEventListener('scroll', () => this.soon(), { passive: true });
    new ResizeObserver(() => { this.measure(); this.draw(true); }).observe(frame);
    table.addEventListener('keydown', (event) => this.key(event));
    table.addEventListener('click', (event) => this.click(event));
  }

  show(rows, columns) {
    Object.assign(this, { rows, columns, row: 0, column: 0 });
    this.frame.scrollTo(0, 0);
    this.measure();
    this.draw();
  }

  // How wide the first column and the others are; words where there is room, letters where there is not.
  measure() {
    const width = this.frame.clientWidth;
    this.first = width < 560 ? Math.round(width * 0.48) : 264;
    const room = Math.floor((width - this.first - 2) / Math.max(1, this.columns.length));
    this.size = Math.max(NARROW, Math.min(WIDE + 36, room));
    if (this.size < WORD) this.size = NARROW;
    byId('access').classList.toggle('letters', this.size < WORD);
    this.table.style.setProperty('--first', `${this.first}px`);
    this.table.style.width = `${this.first + this.size * this.columns.length}px`;
  }

  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(true); });
  }

  // The rows and columns that can be seen, and some more around them.
  window() {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.frame;
    const top = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - OVERSCAN);
    const bottom = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + OVERSCAN);
    const left = Math.max(0, Math.floor(scrollLeft / this.size) - OVERSCAN);
    const right = Math.min(this.columns.length, Math.ceil((scrollLeft + clientWidth) / this.size) + OVERSCAN);
    return { top, bottom, left, right };
  }

  draw(onlyIfMoved = false) {
    const at = this.window();
    const key = [...Object.values(at), this.first, this.size].join();
    if (onlyIfMoved && key === this.drawn) return;
    this.drawn = key;
    const focused = this.table.contains(document.activeElement);
    this.table.setAttribute('aria-rowcount', this.rows.length + 2);
    this.table.setAttribute('aria-colcount', this.columns.length + 1);
    this.table.replaceChildren(this.widths(at), this.head(at), this.body);
    const rows = [];
    for (let number = at.top; number < at.bottom; number += 1) rows.push(this.line(number, at));
    this.body.replaceChildren(spacer(at.top), ...rows, spacer(this.rows.length - at.bottom));
    if (focused) this.focus();
  }

  widths(at) {
    const widths = [this.first, at.left * this.size];
    for (let number = at.left; number < at.right; number += 1) widths.push(this.size);
    widths.push((this.columns.length - at.right) * this.size);
    return make('colgroup', {}, widths.map((width) => {
      const column = make('col');
      column.style.width = `${width}px`;
      return column;
    }));
  }

  head(at) {
    const names = [make('th', { scope: 'col', class: 'corner', 'aria-colindex': 1 }, this.title), gap()];
    for (let number = at.left; number < at.right; number += 1) names.push(this.heading(number));
    return make('thead', {}, this.clusters(at), make('tr', { 'aria-rowindex': 2 }, names, gap()));
  }

  // The cluster's name above its columns.
  clusters(at) {
    const cells = [make('td', { class: 'corner', 'aria-hidden': 'true' }), gap()];
    for (let number = at.left; number < at.right;) {
      const { cluster, alias } = this.columns[number];
      let end = number;
      while (end < at.right && this.columns[end].cluster === cluster) end += 1;
      const properties = { scope: 'colgroup', colspan: end - number, class: 'cluster', 'aria-colindex': number + 2, title: alias };
      cells.push(make('th', properties, make('span', {}, named(alias))));
      number = end;
    }
    return make('tr', { 'aria-rowindex': 1 }, cells, gap());
  }

  heading(number) {
    const column = this.columns[number];
    const word = column.namespace || 'whole cluster';
    const title = `${column.alias}: ${word}`;
    const name = column.namespace ? named(word) : word;
    const className = `${column.namespace ? '' : 'whole '}${this.startsCluster(number) ? 'starts' : ''}`;
    return make('th', { scope: 'col', class: className, title, 'aria-label': title, 'aria-colindex': number + 2 }, make('span', {}, name));
  }

  startsCluster(number) {
    return number > 0 && this.columns[number - 1].cluster !== this.columns[number].cluster;
  }

  line(number, at) {
    const row = this.rows[number];
    const cells = [this.rowHeading(row, number), gap()];
    for (let column = at.left; column < at.right; column += 1) cells.push(this.cell(row, number, column));
    return make('tr', { 'aria-rowindex': number + 3 }, cells, gap());
  }

  rowHeading(row, number) {
    const properties = { scope: 'row', ...this.place(number, 0), title: row.principal.text };
    return make('th', properties, named(row.principal.name), make('small', {}, row.about || row.principal.about));
  }

  cell(row, number, index) {
    const column = this.columns[index];
    const { level, inherited } = row.cell(column);
    const where = `${column.alias}, ${column.namespace || 'whole cluster'}`;
    const from = inherited ? ', from the whole cluster' : '';
    const properties = {
      ...this.place(number, index + 1),
      'data-level': LEVELS[level],
      class: `${inherited ? 'inherited ' : ''}${this.startsCluster(index) ? 'starts' : ''}`,
      'aria-label': `${LEVELS[level]}${from}: ${row.principal.name} in ${where}`,
      title: level ? `${LEVELS[level]}${from}` : undefined,
    };
    return make('td', properties, level ? make('span', { 'aria-hidden': 'true' }, this.mark(LEVELS[level])) : '');
  }

  mark(level) {
    return this.size >= WORD ? level : letterOf(level);
  }

  // What makes a cell one that the arrow keys reach.
  place(row, column) {
    const current = row === this.row && column === this.column;
    const role = column ? 'gridcell' : 'rowheader';
    return { role, 'data-row': row, 'data-column': column, 'aria-colindex': column + 1, tabindex: current ? 0 : -1 };
  }

  find(row, column) {
    return this.body.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  }

  focus() {
    const cell = this.find(this.row, this.column);
    if (cell) cell.focus({ preventScroll: true });
  }

  go(row, column) {
    const before = this.find(this.row, this.column);
    if (before) before.tabIndex = -1;
    this.row = Math.max(0, Math.min(this.rows.length - 1, row));
    this.column = Math.max(0, Math.min(this.columns.length, column));
    this.reveal();
    this.draw(true);
    const cell = this.find(this.row, this.column);
    if (cell) cell.tabIndex = 0;
    this.focus();
  }

  // Scroll so that the cell is neither outside nor under a heading.
  reveal() {
    const { frame } = this;
    const head = this.table.tHead.offsetHeight;
    const top = this.row * ROW_HEIGHT;
    const left = (this.column - 1) * this.size;
    const height = frame.clientHeight - head;
    const width = frame.clientWidth - this.first;
    if (top < frame.scrollTop) frame.scrollTop = top;
    else if (top + ROW_HEIGHT > frame.scrollTop + height) frame.scrollTop = top + ROW_HEIGHT - height;
    if (this.column && left < frame.scrollLeft) frame.scrollLeft = left;
    else if (left + this.size > frame.scrollLeft + width) frame.scrollLeft = left + this.size - width;
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.frame.clientHeight / ROW_HEIGHT) - 3);
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [this.row - 1, this.column],
      ArrowDown: [this.row + 1, this.column],
      ArrowLeft: [this.row, this.column - 1],
      ArrowRight: [this.row, this.column + 1],
      PageUp: [this.row - page, this.column],
      PageDown: [this.row + page, this.column],
      Home: [far ? 0 : this.row, 0],
      End: [far ? this.rows.length - 1 : this.row, this.columns.length],
    };
    if (moves[event.key]) this.go(...moves[event.key]);
    else if (event.key === 'Enter' || event.key === ' ') this.openCurrent();
    else return;
    event.preventDefault();
  }

  click(event) {
    const cell = event.target.closest('[data-row]');
    if (!cell) return;
    this.go(Number(cell.dataset.row), Number(cell.dataset.column));
    this.openCurrent();
  }

  openCurrent() {
    const row = this.rows[this.row];
    if (row) this.open(row, this.column ? this.columns[this.column - 1] : null);
  }
}

// The letter of a level where there is no room for its word; the legend has both.
function letterOf(level) {
  return { unknown: '?', exec: 'X', none: '-' }[level] || level[0].toUpperCase();
}

function gap() {
  return make('td', { class: 'gap', 'aria-hidden': 'true' });
}

function spacer(rows) {
  const cell = make('td');
  cell.style.height = `${rows * ROW_HEIGHT}px`;
  return make('tr', { class: 'spacer', 'aria-hidden': 'true', hidden: rows === 0 }, cell);
}
