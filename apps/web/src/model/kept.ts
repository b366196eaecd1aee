// What the browser keeps in plain for the next start (docs/threat-model.md says what). It may refuse:
// then a choice holds until the page is closed.
export function kept(name: string): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return '';
  }
}

// An empty value removes it.
export function keep(name: string, value: string): void {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // As said above.
  }
}
