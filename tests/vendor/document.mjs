// The vendors' documents and ours: operations by method and path, whatever the prefix of their servers.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the vendors publish, by API, with the prefix that the paths of each document have on the wire. */
export const DOCUMENTS = {
  ironclad: [
    { file: 'ironclad-public-api.yaml', prefix: '/public/api/v1' },
    { file: 'ironclad-scim-api.yaml', prefix: '/scim/v2' },
    { file: 'ironclad-oauth-20-api.yaml', prefix: '/oauth' },
  ],
  torii: [{ file: 'torii-markes76-torii-cli.json', prefix: '/v1.0' }],
};

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'head', 'options'];

export function load(path) {
  return parse(readFileSync(path, 'utf8'), { maxAliasCount: -1 });
}

export function resolve(document, node) {
  for (let hops = 0; node?.$ref && hops < 20; hops += 1) {
    const steps = node.$ref.replace(/^#\//, '').split('/');
    node = steps.reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  }
  return node ?? {};
}

/** Every operation: `METHOD /path` with nameless variables, to `{document, method, path, parameters, body}`. */
export function operations(document, prefix) {
  const found = new Map();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = resolve(document, item)[method];
      if (!operation) continue;
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(document, one));
      const body = operation.requestBody && resolve(document, operation.requestBody);
      found.set(key(method, path.startsWith(prefix) ? path : prefix + path), { document, method, path, parameters, body });
    }
  }
  return found;
}

export function key(method, path) {
  return `${method.toUpperCase()} ${path.replace(/\{[^}]*\}/g, '{}').replace(/\/$/, '')}`;
}

/** All operations of an API as its vendor documents them; each knows the prefix of its document. */
export function vendor(folder, api) {
  const all = new Map();
  for (const { file, prefix } of DOCUMENTS[api]) {
    for (const [name, operation] of operations(load(join(folder, file)), prefix)) all.set(name, { ...operation, prefix, file });
  }
  return all;
}

/** The differences that stay, each with why: `{api, tool?, operation?, matches, reason}`. */
export function known(here) {
  return load(join(here, 'known.yaml')).map((row) => ({ ...row, matches: new RegExp(row.matches) }));
}
