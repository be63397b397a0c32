// Fills in "{camera}" and "{time}" in the URL and fields of an upload. Pure.

/** 2026-11-20T10:15:42.123Z → "20261120T101542.123Z" (ISO 8601 basic format, UTC): safe in paths and file names. */
export const stampOf = (time: number): string => new Date(time).toISOString().replaceAll(/[-:]/g, '');

export interface TargetFacts {
  readonly camera: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export const fill = (template: string, { camera, time }: TargetFacts): string =>
  template.replaceAll('{camera}', camera).replaceAll('{time}', stampOf(time));

/** Values are escaped, so that they cannot change the structure of the path or query. */
export function fillUrl(template: string, { camera, time }: TargetFacts): URL {
  const escaped = camera === '.' || camera === '..' ? camera.replaceAll('.', '%2E') : encodeURIComponent(camera);
  return new URL(template.replaceAll('{camera}', escaped).replaceAll('{time}', encodeURIComponent(stampOf(time))));
}

/** The parts of a URL that could be credentials: longer query values and path segments. A server may echo them. */
export function partsOf(template: string): string[] {
  const { pathname, searchParams } = new URL(template);
  const parts = [...searchParams.values(), ...pathname.split('/')];
  return parts.filter((part) => part.length >= 16 && !/%7B|[{}]/i.test(part));
}

/** Only path and query have placeholders: a camera's id must not choose the server. */
export function hasFixedOrigin(template: string): boolean {
  const end = /^[a-z]+:\/\/[^/?#]*/i.exec(template)?.[0] ?? '';
  return !/[{}]/.test(end);
}
