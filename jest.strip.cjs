const { stripTypeScriptTypes } = require('node:module');
const { createHash } = require('node:crypto');

// Node's own type stripper keeps line numbers, so no source maps are needed.
module.exports = {
  getCacheKey: (source, file, options) =>
    createHash('sha1').update(process.version).update(file).update(source).update(String(options.instrument)).digest('hex'),
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
};
