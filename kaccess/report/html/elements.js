// Elements of the page. Text goes in as text nodes alone, so that no name can become markup.

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

// A name that others chose: it keeps its own direction of writing, and code looks like code.
function named(text, className = '') {
  return make('bdi', { class: `name ${className}`.trim() }, text);
}

// Words of kaccess's own, in which backticks mark what is typed.
function prose(text) {
  return text.split('`').map((part, index) => (index % 2 ? make('code', {}, part) : part));
}

function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function levelPill(level) {
  return make('span', { class: 'pill', 'data-level': level }, level);
}

// A list with the first `size` of many items, and a button for the next ones.
function inParts(list, items, render, size) {
  let done = 0;
  const button = make('button', { type: 'button', class: 'more', onclick: () => next().querySelector('button, summary')?.focus(), onmore: next });
  function next() {
    const part = items.slice(done, done + size).map(render);
    done += part.length;
    list.append(...part);
    const left = items.length - done;
    button.textContent = left > size ? `Show ${size} of ${left} more` : `Show ${left} more`;
    button.dataset.left = left;
    button.hidden = left === 0;
    return part[0];
  }
  next();
  return [list, button];
}
