const KEY = 'chaperone.root';

/** The fingerprint of the server's root key that this browser saw first, or was told to trust since. */
export function rememberedRoot(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing trusts what it is shown each time; the fingerprint on the page can still be compared.
    return null;
  }
}

/** Remembers it from now on. */
export function rememberRoot(root: string): void {
  try {
    localStorage.setItem(KEY, root);
  } catch {
    // As above.
  }
}
