// Switches one element to full screen and back.

export function toggleFullScreen(element: HTMLElement | null): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  // Some phones cannot show an element in full screen.
  else void element?.requestFullscreen?.().catch(() => {});
}
