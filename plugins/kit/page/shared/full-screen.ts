// Switches one element to full screen and back.

export function toggleFullScreen(element: HTMLElement | null): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  // Telephones that cannot do it simply do not.
  else void element?.requestFullscreen?.().catch(() => {});
}
