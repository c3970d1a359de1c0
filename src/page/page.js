'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId('data').textContent);
  document.documentElement.classList.add('js');
  all('.tools, .filter, .copy').forEach((it) => { it.hidden = false; });

  // The entry of a package, shown beside what was clicked.
  const make = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };
  const panel = make('dialog', '', { id: 'panel', 'aria-labelledby': 'panel-title' });
  const title = make('h2', '', { id: 'panel-title', tabindex: '-1' });
  const back = make('button', 'Back', { type: 'button' });
  const shut = make('button', 'Close', { type: 'button' });
  const row = make('div', '', { class: 'row' });
  const place = make('div', '', { class: 'entry' });
  row.append(back, shut);
  panel.append(row, title, place);
  document.body.append(panel);
  let opener = null;
  const shown = [];
  const ids = new Set(data.packages.map((it) => it.id));
  const show = () => {
    const entry = byId(shown[shown.length - 1]);
    title.replaceChildren(...[...entry.previousElementSibling.childNodes].map((it) => it.cloneNode(true)));
    place.replaceChildren(...[...entry.childNodes].map((it) => it.cloneNode(true)));
    back.hidden = shown.length < 2;
    if (!panel.open) panel.show();
    panel.scrollTop = 0;
    title.focus();
  };
  const close = () => {
    shown.length = 0;
    panel.close();
    if (opener && opener.isConnected) opener.focus();
  };
  back.addEventListener('click', () => { shown.pop(); show(); });
  shut.addEventListener('click', close);
  let dragged = false;
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const id = decodeURIComponent(link.getAttribute('href').slice(1));
    if (dragged) { event.preventDefault(); return; }
    if (!ids.has(id)) return;
    event.preventDefault();
    if (!panel.contains(link)) { opener = link; shown.length = 0; }
    shown.push(id);
    show();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && panel.open) close();
  });

  // An address that names a package opens its entry.
  const reveal = () => {
    const entry = byId(decodeURIComponent(location.hash.slice(1)));
    const around = entry && entry.closest('details');
    if (around) { around.open = true; entry.scrollIntoView({ block: 'center' }); }
  };
  addEventListener('hashchange', reveal);
  reveal();

  // The graph.
  const pictures = all('.picture').map((frame) => {
    const svg = frame.firstElementChild;
    const box = svg.viewBox.baseVal;
    const [width, height] = [box.width, box.height];
    const nodes = all('.node', svg);
    const lines = all('.lines path', svg);
    const seen = frame.id === 'graph-used' ? data.used : data.all;
    let scale = 1;
    const zoom = (to, x = frame.clientWidth / 2, y = frame.clientHeight / 2) => {
      const next = Math.min(3, Math.max(0.15, to));
      const [left, top] = [(frame.scrollLeft + x) / scale, (frame.scrollTop + y) / scale];
      scale = next;
      svg.style.width = `${width * scale}px`;
      svg.style.height = `${height * scale}px`;
      frame.scrollTo({ left: left * scale - x, top: top * scale - y, behavior: 'instant' });
    };
    // Shows these packages, as large as they fit; where they don't, those in the midst of them.
    const fit = (least, shown = nodes) => {
      if (!shown.length) return;
      const boxes = shown.map((it) => it.getBBox());
      const sorted = (numbers) => numbers.sort((a, b) => a - b);
      const [lefts, tops] = [sorted(boxes.map((it) => it.x)), sorted(boxes.map((it) => it.y))];
      const right = Math.max(...boxes.map((it) => it.x + it.width));
      const bottom = Math.max(...boxes.map((it) => it.y + it.height));
      const [wide, high] = [right - lefts[0] + 40, bottom - tops[0] + 40];
      const whole = Math.min(1, frame.clientWidth / wide, frame.clientHeight / high);
      zoom(Math.max(least || 0.15, whole));
      const middle = (first, last, all, room) => ((last - first) * scale <= room ? (first + last) / 2 : all[Math.floor(all.length / 2)]);
      const x = middle(lefts[0], right, lefts, frame.clientWidth);
      const y = middle(tops[0], bottom, tops, frame.clientHeight);
      frame.scrollTo({ left: x * scale - frame.clientWidth / 2, top: y * scale - frame.clientHeight / 2, behavior: 'instant' });
    };
    const near = (node, on) => {
      const number = node.dataset.n;
      lines.forEach((line) => {
        const { f, t } = line.dataset;
        if (f !== number && t !== number) return;
        line.classList.toggle('near', on);
        nodes[f === number ? t : f].classList.toggle('near', on);
      });
    };
    nodes.forEach((node, at) => {
      node.setAttribute('tabindex', at === 0 ? '0' : '-1');
      node.addEventListener('pointerenter', () => near(node, true));
      node.addEventListener('pointerleave', () => near(node, false));
      node.addEventListener('blur', () => near(node, false));
      node.addEventListener('focus', () => {
        nodes.forEach((it) => it.setAttribute('tabindex', it === node ? '0' : '-1'));
        near(node, true);
      });
    });
    // The arrows lead from a package to the next one in that direction.
    const step = (node, dx, dy) => {
      const middle = (it) => { const b = it.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
      const [x, y] = middle(node);
      let [best, least] = [null, Infinity];
      nodes.forEach((other) => {
        const [to, down] = middle(other);
        const along = (to - x) * dx + (down - y) * dy;
        const aside = Math.abs((to - x) * dy) + Math.abs((down - y) * dx);
        const far = along + 3 * aside;
        if (along > 1 && far < least && !(svg.classList.contains('sifted') && !other.classList.contains('hit'))) {
          [best, least] = [other, far];
        }
      });
      if (best) { best.focus({ preventScroll: true }); best.scrollIntoView({ block: 'nearest', inline: 'nearest' }); }
    };
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    frame.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const node = event.target.closest('.node');
      if (node && arrows[event.key]) { event.preventDefault(); step(node, ...arrows[event.key]); }
      if (event.key === '+' || event.key === '=') zoom(scale * 1.25);
      if (event.key === '-') zoom(scale / 1.25);
      if (event.key === '0') fit(0);
    });
    frame.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const edge = frame.getBoundingClientRect();
      zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - edge.left, event.clientY - edge.top);
    }, { passive: false });
    let held = null;
    frame.addEventListener('pointerdown', (event) => {
      dragged = false;
      if (event.button === 0 && event.pointerType === 'mouse') held = [event.clientX, event.clientY];
    });
    frame.addEventListener('dragstart', (event) => event.preventDefault());
    addEventListener('pointermove', (event) => {
      if (!held) return;
      const [x, y] = [event.clientX - held[0], event.clientY - held[1]];
      if (!dragged && Math.hypot(x, y) < 5) return;
      dragged = true;
      frame.classList.add('held');
      frame.scrollBy({ left: -x, top: -y, behavior: 'instant' });
      held = [event.clientX, event.clientY];
    });
    addEventListener('pointerup', () => {
      held = null;
      frame.classList.remove('held');
      setTimeout(() => { dragged = false; });
    });
    const sift = (text) => {
      const hits = new Set(nodes.flatMap((_, at) => (text && data.packages[seen[at]].name.includes(text) ? [at] : [])));
      const kept = new Set(hits);
      lines.forEach((line) => {
        const [f, t] = [Number(line.dataset.f), Number(line.dataset.t)];
        const on = hits.has(f) || hits.has(t);
        line.classList.toggle('hit', on);
        if (on) { kept.add(f); kept.add(t); }
      });
      nodes.forEach((node, at) => node.classList.toggle('hit', kept.has(at)));
      svg.classList.toggle('sifted', text !== '');
      if (frame.offsetParent) fit(text ? 0.4 : 0.7, text ? nodes.filter((_, at) => kept.has(at)) : nodes);
      return hits.size;
    };
    return { frame, zoom: (by) => zoom(scale * by), fit, sift, isShown: () => frame.offsetParent !== null, count: nodes.length };
  });
  const current = () => pictures.find((it) => it.isShown());
  const filter = byId('filter');
  const sift = () => {
    const text = filter.value.trim().toLowerCase();
    pictures.forEach((it) => {
      const hits = it.sift(text);
      if (it.isShown()) byId('shown').textContent = text ? `${hits} of ${it.count} packages` : '';
    });
  };
  if (filter) {
    filter.addEventListener('input', sift);
    all('[data-zoom]').forEach((button) => button.addEventListener('click', () => {
      const picture = current();
      if (button.dataset.zoom === 'fit') picture.fit(0);
      else picture.zoom(button.dataset.zoom === 'in' ? 1.25 : 0.8);
    }));
    const first = () => { if (current()) current().fit(0.7); };
    first();
    const libraries = byId('libraries');
    if (libraries) libraries.addEventListener('change', sift);
  }

  // The list of packages.
  const find = byId('find');
  find.addEventListener('input', () => {
    const text = find.value.trim().toLowerCase();
    const entries = all('.package');
    entries.forEach((it) => { it.hidden = !it.querySelector('summary b').textContent.toLowerCase().includes(text); });
    const count = entries.filter((it) => !it.hidden).length;
    byId('found').textContent = text ? `${count} of ${entries.length}` : '';
  });

  // Copying: where the clipboard isn't to be had, the text is marked for it.
  all('.copy').forEach((button) => button.addEventListener('click', async () => {
    const [text, words] = [byId(button.dataset.copy), [...button.childNodes]];
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = 'Marked: copy it';
    }
    setTimeout(() => button.replaceChildren(...words), 2000);
  }));

  // On paper, what can be opened is open.
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('details.more:not([open])');
    opened.forEach((it) => { it.open = true; });
  });
  addEventListener('afterprint', () => opened.forEach((it) => { it.open = false; }));
})();
