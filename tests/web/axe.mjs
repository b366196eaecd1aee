// What axe-core calls serious or worse.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../.deps/npm/browser/', import.meta.url)));
const { AxeBuilder } = require('@axe-core/playwright');

// In both schemes.
export async function isAccessible(page, where) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The colours are on their way for a while.
    await page.waitForFunction((scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches &&
      !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running'), colorScheme);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const axe = new AxeBuilder({ page });
    // Only colours are others in the dark.
    const rules = colorScheme === 'light' ? axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']) : axe.withRules(['color-contrast']);
    const { violations } = await rules.analyze();
    const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    assert.deepEqual(bad.map(({ id, nodes }) => `${where}, ${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
  }
}
