// Rows and columns of the matrix: who has which level where.

// The columns of a cluster: the whole of it first, then its namespaces; all of them have their number.
const COLUMNS = [];
const COLUMNS_OF = DATA.clusters.map((cluster, number) => {
  const named = new Set(cluster.namespaces);
  const seen = new Set(ACCESS.filter((each) => each.cluster === number).flatMap((each) => each.arrivals.map((one) => one.set)));
  for (const set of seen) {
    for (const reach of DATA.sets[set]) {
      const { namespace } = REACHES[reach];
      if (namespace !== EVERYWHERE && !namespace.includes('*')) named.add(namespace);
    }
  }
  return [EVERYWHERE, ...[...named].sort()].map((namespace) => {
    const column = { number: COLUMNS.length, cluster: number, alias: cluster.alias, namespace };
    column.text = `${cluster.alias}/${namespace}`.toLowerCase();
    COLUMNS.push(column);
    return column;
  });
});

// What a set of reaches comes to in a cluster: the level of each column in which it gives something.
const LEVELS_OF_SETS = new Map();

function levelsOfSet(set, cluster) {
  const key = set * DATA.clusters.length + cluster;
  let found = LEVELS_OF_SETS.get(key);
  if (found === undefined) {
    found = new Map();
    for (const reach of DATA.sets[set]) {
      const { namespace, level } = REACHES[reach];
      for (const column of columnsIn(cluster, namespace)) {
        if (level > (found.get(column.number) || 0)) found.set(column.number, level);
      }
    }
    LEVELS_OF_SETS.set(key, found);
  }
  return found;
}

const BY_NAMESPACE = COLUMNS_OF.map((columns) => new Map(columns.map((each) => [each.namespace, each])));

function columnsIn(cluster, namespace) {
  if (namespace.includes('*')) {
    return COLUMNS_OF[cluster].filter((each) => each.namespace && inScope(namespace, each.namespace));
  }
  return [BY_NAMESPACE[cluster].get(namespace)];
}

class Row {
  constructor(principal) {
    this.principal = principal;
    this.parts = [];
    this.members = new Map();
  }

  // The levels by column that are given just there.
  get direct() {
    if (!this.levels) {
      this.levels = new Map();
      for (const part of this.parts) {
        for (const arrival of part.arrivals) this.add(levelsOfSet(arrival.set, part.cluster));
        const whole = COLUMNS_OF[part.cluster][0].number;
        if (part.unknown.length && !part.arrivals.some((each) => DATA.sets[each.set].length)) {
          this.add(new Map([[whole, LEVELS.indexOf('unknown')]]));
        }
      }
    }
    return this.levels;
  }

  add(levels) {
    for (const [column, level] of levels) {
      if (level > (this.levels.get(column) || 0)) this.levels.set(column, level);
    }
  }

  // The level in a column, and whether it comes from the whole cluster.
  cell(column) {
    const own = this.direct.get(column.number) || 0;
    const whole = this.direct.get(COLUMNS_OF[column.cluster][0].number) || 0;
    const inherited = column.namespace !== EVERYWHERE && whole > own;
    return { level: inherited ? whole : own, inherited };
  }

  get highest() {
    if (this.max === undefined) this.max = Math.max(0, ...this.direct.values());
    return this.max;
  }

  // How much there is to worry about: the highest level, then whether it holds in a whole cluster, then in how many places.
  get weight() {
    if (this.heavy === undefined) {
      const columns = [...this.direct].filter(([, level]) => level === this.highest).map(([column]) => COLUMNS[column]);
      const whole = columns.some((column) => column.namespace === EVERYWHERE);
      this.heavy = this.highest * 1e6 + whole * 5e5 + columns.length;
    }
    return this.heavy;
  }

  // Whether a word is in its name, in a step of how it comes in, or in what it is given (one of `sets`).
  has(word, sets) {
    this.words ??= [this.principal.text, this.principal.about].join('\n').toLowerCase();
    if (this.words.includes(word)) return true;
    return this.parts.some((part) => part.arrivals.some((arrival) => sets.has(arrival.set) || arrival.steps.some((step) => stepText(step).includes(word))));
  }
}

function stepText(number) {
  return STEPS[number].text ??= STEPS[number].name.toLowerCase();
}

const TEXT_OF_SETS = [];

// The sets that a word is in: the names of their bindings, roles and access policies.
function setsWith(word) {
  const found = new Set();
  DATA.sets.forEach((reaches, set) => {
    TEXT_OF_SETS[set] ??= [...new Set(reaches.flatMap((reach) => REACHES[reach].steps.map(stepText)))].join('\n');
    if (TEXT_OF_SETS[set].includes(word)) found.add(set);
  });
  return found;
}

function rowOf(rows, text) {
  let row = rows.get(text);
  if (!row) {
    row = new Row(principalOf(text));
    rows.set(text, row);
  }
  return row;
}

// A row for each principal, of whatever clusters.
function principalRows() {
  const rows = new Map();
  for (const access of ACCESS) rowOf(rows, access.principal).parts.push(access);
  return [...rows.values()];
}

// A row for each Kubernetes group, with the principals who come into it.
function groupRows() {
  const rows = new Map();
  for (const access of ACCESS) {
    for (const arrival of access.arrivals) {
      const last = arrival.steps[arrival.steps.length - 1];
      if (STEPS[last].kind === 'Kubernetes group') addToGroup(rowOf(rows, `Group ${STEPS[last].name}`), access, arrival, last);
    }
  }
  return [...rows.values()];
}

function addToGroup(row, access, arrival, last) {
  if (!row.parts.some((part) => part.cluster === access.cluster)) {
    row.parts.push({ cluster: access.cluster, arrivals: [{ steps: [last], set: arrival.set }], unknown: [] });
  }
  if (arrival.steps.length > 1) row.members.set(access.principal, true);
}
