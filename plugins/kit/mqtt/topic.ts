// MQTT topic names and filters (MQTT 3.1.1 §4.7): matching, and patterns that contain a camera id.

const CAMERA = '{camera}';
const CAMERA_ID = '[A-Za-z0-9][A-Za-z0-9_.-]{0,127}';

/** "$share/group/a/+" → "a/+": the filter that the topics of a shared subscription match (MQTT 5 §4.8.2). */
export function withoutShare(filter: string): string {
  const match = /^\$share\/[^/+#]+\/(.+)$/.exec(filter);
  return match?.[1] ?? filter;
}

/** True if a topic name matches a filter; wildcards at the front never match topics that begin with "$" (§4.7.2). */
export const matches = (filter: string, topic: string): boolean => topicMatcher(filter)(topic);

/** `matches` for a filter that is used many times. */
export function topicMatcher(filter: string): (topic: string) => boolean {
  const pattern = withoutShare(filter);
  const isWild = /^[+#]/.test(pattern);
  const levels = pattern.split('/');
  return (topic) => {
    if (isWild && topic.startsWith('$')) return false;
    let at = 0;
    for (const level of levels) {
      if (level === '#') return true;
      // The topic has no further level.
      if (at > topic.length) return false;
      const slash = topic.indexOf('/', at);
      const end = slash === -1 ? topic.length : slash;
      if (level !== '+' && (level.length !== end - at || !topic.startsWith(level, at))) return false;
      at = end + 1;
    }
    return at > topic.length;
  };
}

/** True if `allowed` matches every topic that `requested` matches: access rules require it of a subscription. */
export function covers(allowed: string, requested: string): boolean {
  if (requested.startsWith('$') && /^[+#]/.test(allowed)) return false;
  const allowedLevels = allowed.split('/');
  const levels = requested.split('/');
  for (const [index, level] of allowedLevels.entries()) {
    if (level === '#') return true;
    const other = levels[index];
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false;
  }
  return allowedLevels.length === levels.length;
}

/** The error of a filter, as the rest of a sentence; undefined when it is valid. */
export function filterFault(filter: string): string | undefined {
  const pattern = withoutShare(filter);
  if (filter.startsWith('$share/') && pattern === filter) return 'has no group or no topic after "$share/"';
  if (pattern.length === 0) return 'is empty';
  if (pattern.includes('\0')) return 'contains a NUL character';
  if (Buffer.byteLength(pattern) > 65_535) return 'is longer than 65535 bytes';
  const levels = pattern.split('/');
  for (const [index, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || index !== levels.length - 1)) return 'has "#" before its end';
    if (level.includes('+') && level !== '+') return 'has "+" next to other characters in one level';
  }
  return undefined;
}

export interface TopicPattern {
  /** The filter to subscribe to: every level with {camera} becomes "+". */
  readonly filter: string;
  /** True when the pattern contains {camera}. */
  readonly named: boolean;
  /**
   * The camera that a topic names. Undefined when the topic does not match the pattern; an empty string when it matches but its text
   * in the place of {camera} is not a camera id.
   */
  camera(topic: string): string | undefined;
}

/** Parses a pattern such as "infoscreen/{camera}/screenshot". `{camera}` may be a part of one level. */
export function topicPattern(pattern: string): TopicPattern {
  const levels = withoutShare(pattern).split('/');
  const at = levels.findIndex((level) => level.includes(CAMERA));
  const filter = pattern
    .split('/')
    .map((level) => (level.includes(CAMERA) ? '+' : level))
    .join('/');
  const named = at >= 0;
  const matchesFilter = topicMatcher(filter);
  const [before, after] = (levels[at] ?? '').split(CAMERA).map(escapeRegExp);
  const whole = new RegExp(`^${before}(${CAMERA_ID})${after}$`);
  return {
    filter,
    named,
    camera(topic) {
      if (!matchesFilter(topic)) return undefined;
      return named ? (whole.exec(topic.split('/')[at] ?? '')?.[1] ?? '') : '';
    },
  };
}

/** Replaces {camera} by a camera's id. Ids contain no "/", "+" or "#", so one level stays one level. */
export const topicOf = (pattern: string, camera: string): string => pattern.replaceAll(CAMERA, camera);

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
