export interface PolicyInput {
  nonce: string;
  apiOrigin: string | null;
  development: boolean;
}

/**
 * `upgrade-insecure-requests` is left out on purpose: it would break an
 * installation that is reached over plain http in a private network.
 */
export function contentSecurityPolicy(input: PolicyInput): string {
  const { nonce, apiOrigin, development } = input;
  const directives: Record<string, string[]> = {
    "default-src": ["'self'"],
    "script-src": ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'"],
    "style-src": ["'self'", `'nonce-${nonce}'`],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": apiOrigin === null ? ["'self'"] : ["'self'", apiOrigin],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  if (development) {
    // React rebuilds server stacks with eval, and the error overlay sets
    // styles in line; neither happens in a production build.
    directives["script-src"]?.push("'unsafe-eval'");
    directives["style-src"] = ["'self'", "'unsafe-inline'"];
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

export function createNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes));
}
