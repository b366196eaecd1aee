// `use:held={open}`: a long press, a right click or the keyboard's menu key asks for a menu.
import type { MenuPlace } from './Menu.svelte';

const HOLD_MS = 450;
// A finger that moves further scrolls.
const MOVED_PX = 10;

export function held(element: HTMLElement, open: (place: MenuPlace) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  let opened = false;
  let selected = false;

  const listeners: { [Kind in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Kind]) => void } = {
    pointerdown(event) {
      opened = false;
      selected = !!getSelection()?.toString();
      if (event.pointerType !== 'touch') return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        opened = true;
        open(from);
      }, HOLD_MS);
    },
    pointermove(event) {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > MOVED_PX) clearTimeout(timer);
    },
    pointerup: () => clearTimeout(timer),
    pointercancel: () => clearTimeout(timer),
    contextmenu(event) {
      // A link has a menu of its own, and selected text is to be copied.
      const inLink = (event.target as HTMLElement).closest('a') ?? element;
      if (inLink !== element || selected) return;
      event.preventDefault();
      clearTimeout(timer);
      if (!opened) open({ x: event.clientX, y: event.clientY });
    },
    // The finger that opened it does nothing else.
    click(event) {
      if (!opened) return;
      opened = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
  for (const [kind, listener] of Object.entries(listeners)) element.addEventListener(kind, listener as EventListener, { capture: kind === 'click' });
  return {
    destroy() {
      clearTimeout(timer);
      for (const [kind, listener] of Object.entries(listeners)) element.removeEventListener(kind, listener as EventListener, { capture: kind === 'click' });
    },
  };
}
