// Parses ${…} inside one string into its parts. Pure.

export type Part =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'env'; readonly name: string; readonly otherwise: string | undefined }
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'cred'; readonly name: string }
  | { readonly is: 'var'; readonly name: string }
  | { readonly is: 'wrong'; readonly message: string };

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** systemd requires a credential's name to be a valid file name. */
const CREDENTIAL = /^[A-Za-z0-9_][A-Za-z0-9_.@:-]{0,254}$/;
const FORMS = '${env:NAME}, ${env:NAME:-default}, ${file:/path}, ${cred:NAME} or ${var:NAME}';

/** "a${env:B}" → text "a", env "B". "$${" is a literal "${". A single text part if there is nothing to resolve. */
export function parseTemplate(text: string): Part[] {
  const parts: Part[] = [];
  let plain = '';
  let at = 0;
  const flush = () => {
    if (plain !== '') parts.push({ is: 'text', text: plain });
    plain = '';
  };
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      plain += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      flush();
      const end = text.indexOf('}', at);
      if (end < 0) {
        parts.push({ is: 'wrong', message: 'A "${" has no closing "}". For a literal "${" write "$${".' });
        return parts;
      }
      parts.push(parseReference(text.slice(at + 2, end)));
      at = end + 1;
    } else {
      plain += text.charAt(at);
      at += 1;
    }
  }
  flush();
  return parts;
}

function parseReference(inner: string): Part {
  const wrong = (message: string): Part => ({ is: 'wrong', message });
  const colon = inner.indexOf(':');
  const scheme = inner.slice(0, Math.max(colon, 0));
  const rest = inner.slice(colon + 1);
  if (colon < 0 && VARIABLE.test(inner)) return wrong(`"\${${inner}}" names no source: write \${env:${inner}}.`);
  if (rest.includes('${')) return wrong('${…} cannot be nested.');
  if (scheme === 'env') {
    const [, name = '', otherwise] = /^(.*?)(?::-(.*))?$/s.exec(rest) ?? [];
    if (!VARIABLE.test(name)) return wrong(`"${name}" is not the name of an environment variable.`);
    return { is: 'env', name, otherwise };
  }
  if (scheme === 'var')
    return rest === '' ? wrong('Write ${var:NAME}, with a name under "vars".') : { is: 'var', name: rest };
  if (scheme === 'file') return rest === '' ? wrong('Write ${file:/path}.') : { is: 'file', path: rest };
  if (scheme === 'cred') {
    if (CREDENTIAL.test(rest)) return { is: 'cred', name: rest };
    return wrong(`"${rest}" is not the name of a systemd credential: letters, digits, "_", "-" and "." only.`);
  }
  return wrong(`"\${${inner}}" is none of ${FORMS}. For a literal "\${" write "$\${".`);
}
