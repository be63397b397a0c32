// Parses the answers of S3: lists, errors and credentials. They are XML of a known form, without attributes or comments. Pure.

export interface Listed {
  readonly objects: readonly { readonly key: string; readonly size: number }[];
  /** The beginnings of keys up to the next "/", if the list was requested with folders. */
  readonly folders: readonly string[];
  /** Undefined at the end of the list. */
  readonly next: string | undefined;
}

/** The text of the first element of this name; undefined when there is none. */
export function element(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? undefined : decode(found);
}

const blocks = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map((match) => match[1] ?? '');

/** Undefined if the answer is not a list, but for example the page of a proxy. */
export function readList(xml: string): Listed | undefined {
  if (!/<ListBucketResult[\s>]/.test(xml) || !xml.trimEnd().endsWith('</ListBucketResult>')) return undefined;
  return {
    objects: blocks(xml, 'Contents').map((block) => ({
      key: element(block, 'Key') ?? '',
      size: Number(element(block, 'Size') ?? 0),
    })),
    folders: blocks(xml, 'CommonPrefixes').map((block) => element(block, 'Prefix') ?? ''),
    next: element(xml, 'IsTruncated') === 'true' ? element(xml, 'NextContinuationToken') : undefined,
  };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
