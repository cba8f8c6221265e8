const up = document.body.dataset.up ?? '';
const input = document.getElementById('search');
const results = document.getElementById('results');
let index;

/** Words of a text, names cut at their capitals. */
const words = (text) => text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);

async function search() {
  const wanted = words(input.value);
  if (wanted.length === 0) return results.replaceChildren();
  index ??= await (await fetch(`${up}search.json`)).json();
  const hits = index
    .map((entry) => ({ entry, score: wanted.reduce((sum, word) => sum + (entry.words.includes(word) ? 2 : entry.words.some((known) => known.startsWith(word)) ? 1 : -5), 0) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.entry.title.length - b.entry.title.length)
    .slice(0, 12);
  if (hits.length === 0) {
    const nothing = document.createElement('li');
    nothing.textContent = 'Nothing is called so.';
    return results.replaceChildren(nothing);
  }
  results.replaceChildren(
    ...hits.map(({ entry }) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = up + entry.page;
      link.textContent = entry.title;
      item.append(link);
      return item;
    }),
  );
}

input.addEventListener('input', () => void search());
input.form.addEventListener('submit', (event) => {
  event.preventDefault();
  void search().then(() => results.querySelector('a')?.click());
});
