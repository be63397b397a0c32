// One element on the whole screen, and back. Knows no page.

export function toggleFullScreen(element: HTMLElement | null): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  // Telephones that cannot do it simply do not.
  else void element?.requestFullscreen?.().catch(() => {});
}
