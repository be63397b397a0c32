// The page's texts about a picture, from the answer of the server. Pure.

export interface Result {
  readonly success: boolean;
  readonly error?: string;
  readonly camera_name?: string;
  readonly filename?: string;
  readonly image_url?: string;
  readonly download_url?: string;
  readonly capture_time_ms?: number;
  readonly skew_ms?: number;
  readonly remark?: string;
  readonly reading_age_ms?: number;
  readonly reading_stale?: boolean;
  readonly reading_missing?: boolean;
}

/** Sentences, one per line. */
export function factsOf(result: Result): string[] {
  const { skew_ms: skew, remark, reading_age_ms: age, reading_stale: stale, reading_missing: none } = result;
  return [
    ...(skew === undefined ? [] : [`Taken within ${skew.toFixed(1)} ms of the others.`]),
    ...(remark === undefined ? [] : [remark]),
    ...(none ? ['The sensor has sent no reading.'] : []),
    ...(age === undefined ? [] : [readingText(age, stale === true)]),
  ];
}

function readingText(age: number, stale: boolean): string {
  const seconds = `${(Math.abs(age) / 1000).toFixed(1)} s`;
  const when = age < 0 ? `${seconds} after the picture` : `${seconds} before the picture`;
  return stale ? `The sensor's reading is out of date: it arrived ${when}.` : `The sensor's reading arrived ${when}.`;
}

/** Accepts one result or a list of results. */
export function resultsOf(answer: unknown): Result[] {
  if (typeof answer !== 'object' || answer === null) return [{ success: false, error: 'The server sent no answer.' }];
  if ('results' in answer && Array.isArray(answer.results)) return answer.results.filter(isResult);
  return isResult(answer) ? [answer] : [{ success: false, error: 'The server sent no answer.' }];
}

const isResult = (value: unknown): value is Result =>
  typeof value === 'object' && value !== null && 'success' in value && typeof value.success === 'boolean';
