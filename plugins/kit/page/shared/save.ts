// Saves a picture as a file.

const two = (value: number): string => String(value).padStart(2, '0');

/** "Front door 2026-11-20 14.03.05.jpg", in the reader's time zone. */
export function fileName(name: string, time: number, type: string): string {
  const at = new Date(time);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('.');
  // Characters that some file systems do not allow.
  const safe = name.replace(/[\p{Cc}\\/:*?"<>|]/gu, '-');
  return `${safe} ${day} ${clock}.${type === 'image/png' ? 'png' : 'jpg'}`;
}

/** Milliseconds after which the browser has read the bytes. */
const REVOKE_AFTER = 60_000;

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER);
}
