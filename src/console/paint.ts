/**
 * Runs when what was just put on the screen has been painted: the frame after the next one begins. A hidden window
 * paints nothing and so runs nothing until it is shown.
 */
export function afterPaint(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(() => run()))
}
