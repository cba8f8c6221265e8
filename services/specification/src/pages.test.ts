import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { html, page } from './html.ts';
import { type Model, readModel } from './model.ts';
import { indexPage, operationPage, typePage } from './pages.ts';

const SCHEMA = `
type Query
type Mutation
"A <b>bold</b> \\"word\\" & more"
type Thing {
  "First line\\nsecond <i>line</i>.\\n\\nNext paragraph."
  name("How <script>alert(1)</script> it is written" style: Style! = PLAIN): String
}
"How"
enum Style {
  "As it <is>"
  PLAIN
}
extend type Query {
  "Finds <things>"
  things("a < b & c" first: Int = 200): [Thing!]!
}
`;

describe('a page', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-pages-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const model = modelOf(SCHEMA);

  function modelOf(sdl: string): Model {
    writeFileSync(path.join(folder, 'things.graphql'), sdl);
    writeFileSync(path.join(folder, 'scopes.json'), JSON.stringify({ 'graphql.query.things': ['thing:<read>'] }));
    mkdirSync(path.join(folder, 'examples/things'), { recursive: true });
    writeFileSync(path.join(folder, 'examples/things/all-things.graphql'), '{ things(first: 1) { name } } # "<&>"');
    return readModel(folder, path.join(folder, 'nowhere.json'));
  }

  const typeText = (name: string): string => {
    const type = model.schema.getType(name);
    if (!type) throw new Error(`no type ${name}`);
    return typePage(model, type).html;
  };

  it('escapes descriptions, so that none becomes markup', () => {
    expect(typeText('Thing')).toContain('<p>A &lt;b&gt;bold&lt;/b&gt; &quot;word&quot; &amp; more</p>');
    expect(typeText('Thing')).toContain('How &lt;script&gt;alert(1)&lt;/script&gt; it is written');
    expect(typeText('Style')).toContain('<dd>As it &lt;is&gt;</dd>');
    expect(page('a <title>', 0, html`<p>${'<script>'}</p>`)).toContain('<title>a &lt;title&gt; · Binnacle</title>');
  });

  it('makes paragraphs of a description', () => {
    expect(typeText('Thing')).toContain('<p>First line second &lt;i&gt;line&lt;/i&gt;.</p><p>Next paragraph.</p>');
  });

  it('shows what an operation takes, answers and needs', () => {
    const [operation] = model.concepts.get('things') ?? [];
    if (!operation) throw new Error('no operation was read');
    const text = operationPage(model, operation).html;
    expect(text).toContain('things(first: Int = 200): [<a href="../types/Thing.html">Thing</a>!]!');
    expect(text).toContain('<td>' + '<code>Int</code> = <code>200</code></td><td><p>a &lt; b &amp; c</p></td>');
    expect(text).toContain('<code>[<a href="../types/Thing.html">Thing</a>!]!</code>');
    expect(text).toContain('<code>thing:&lt;read&gt;</code>');
    expect(text).toContain('<code>pageInfo.endCursor</code>');
    expect(text).toContain(`href="/playground/#query=${encodeURIComponent('{ things(first: 1) { name } } # "<&>"')}"`);
  });

  it('shows who uses a type', () => {
    expect(typeText('Thing')).toContain('<a href="../operations/things.html"><code>things</code></a>');
    expect(typeText('Style')).toContain('<a href="Thing.html"><code>Thing.name</code></a>');
  });

  it('lists operations by concept', () => {
    expect(indexPage(model).html).toContain('<h2>Things</h2><ul><li><a href="operations/things.html">');
  });
});
