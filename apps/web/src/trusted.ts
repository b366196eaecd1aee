// The content policy lets scripts be loaded only through policies that it names (Trusted Types), so
// that no text can become code by accident. This is the app's own: scripts of this address.
interface ScriptPolicy {
  createScriptURL(url: string): string;
}
interface PolicyFactory {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy;
}

const rules: ScriptPolicy = {
  createScriptURL(url) {
    const { href, origin } = new URL(url, location.href);
    if (origin !== location.origin) throw new TypeError('a script of another address');
    return href;
  },
};
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
const policy = factory?.createPolicy('parley', rules) ?? rules;

export const ownScript = (url: string): string => policy.createScriptURL(url);
