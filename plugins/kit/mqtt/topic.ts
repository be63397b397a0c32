// MQTT topic names and filters (MQTT 3.1.1 §4.7): matching, and patterns that contain a camera id.

const CAMERA = '{camera}';
const CAMERA_ID = '[A-Za-z0-9][A-Za-z0-9_.-]{0,127}';

/** "$share/group/a/+" → "a/+": what a shared subscription's topics are matched against (MQTT 5 §4.8.2). */
export function withoutShare(filter: string): string {
  const match = /^\$share\/[^/+#]+\/(.+)$/.exec(filter);
  return match?.[1] ?? filter;
}

/** Whether a topic name matches a filter; wildcards at the front never match topics that begin with "$" (§4.7.2). */
export const matches = (filter: string, topic: string): boolean => topicMatcher(filter)(topic);

/** `matches` for a filter that is asked about again and again. */
export function topicMatcher(filter: string): (topic: string) => boolean {
  const pattern = withoutShare(filter);
  const isWild = /^[+#]/.test(pattern);
  const wanted = pattern.split('/');
  return (topic) => {
    if (isWild && topic.startsWith('$')) return false;
    let at = 0;
    for (const level of wanted) {
      if (level === '#') return true;
      // Behind the last level stands the end of the topic and no further level.
      if (at > topic.length) return false;
      const slash = topic.indexOf('/', at);
      const end = slash === -1 ? topic.length : slash;
      if (level !== '+' && (level.length !== end - at || !topic.startsWith(level, at))) return false;
      at = end + 1;
    }
    return at > topic.length;
  };
}

/** Whether every topic that `asked` matches is matched by `allowed` too: what access rules ask of a subscription. */
export function covers(allowed: string, asked: string): boolean {
  if (asked.startsWith('$') && /^[+#]/.test(allowed)) return false;
  const have = allowed.split('/');
  const want = asked.split('/');
  for (const [index, level] of have.entries()) {
    if (level === '#') return true;
    const other = want[index];
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false;
  }
  return have.length === want.length;
}

/** What is wrong with a filter, as the rest of a sentence; undefined when it is right. */
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
  /** What to subscribe to: every level that holds {camera} becomes "+". */
  readonly filter: string;
  /** True when the pattern holds {camera}. */
  readonly named: boolean;
  /**
   * The camera that a topic names: undefined when the topic is none of this pattern, an empty string when it is but what stands in
   * the place of {camera} is no camera id.
   */
  camera(topic: string): string | undefined;
}

/** "infoscreen/{camera}/screenshot" → its filter and the reading of its topics. `{camera}` may be a part of one level. */
export function topicPattern(pattern: string): TopicPattern {
  const levels = withoutShare(pattern).split('/');
  const at = levels.findIndex((level) => level.includes(CAMERA));
  const filter = pattern
    .split('/')
    .map((level) => (level.includes(CAMERA) ? '+' : level))
    .join('/');
  const named = at >= 0;
  const isOne = topicMatcher(filter);
  const [before, after] = (levels[at] ?? '').split(CAMERA).map(escapeRegExp);
  const whole = new RegExp(`^${before}(${CAMERA_ID})${after}$`);
  return {
    filter,
    named,
    camera(topic) {
      if (!isOne(topic)) return undefined;
      return named ? (whole.exec(topic.split('/')[at] ?? '')?.[1] ?? '') : '';
    },
  };
}

/** Puts a camera's id in the place of {camera}. Ids hold no "/", "+" or "#", so one level stays one level. */
export const topicOf = (pattern: string, camera: string): string => pattern.replaceAll(CAMERA, camera);

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
