export const DEFAULT_API_URL = "http://localhost:8082";

const PUBLIC_VARIABLE = "NEXT_PUBLIC_API_URL";
const INTERNAL_VARIABLE = "API_INTERNAL_URL";
const LONGEST_ECHO = 80;

// The URL parser lets characters such as ";" and "'" into a host name. The
// origin ends up in a Content-Security-Policy, where they would start a new
// directive. That policy cannot name an IPv6 literal either.
const SAFE_HOST = /^[a-z0-9._-]+$/;

export type ApiAddress =
  | { ok: true; url: string; origin: string }
  | { ok: false; message: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The build replaces every literal `process.env.NEXT_PUBLIC_…` by the value it
 * had on the build machine. Looking the name up in a parameter keeps the
 * address a run-time setting.
 */
export function publicApiAddress(env: Environment): ApiAddress {
  const value = env[PUBLIC_VARIABLE]?.trim() || DEFAULT_API_URL;
  return parseApiAddress(PUBLIC_VARIABLE, value);
}

export function internalApiAddress(env: Environment): ApiAddress | null {
  const value = env[INTERNAL_VARIABLE]?.trim();
  return value ? parseApiAddress(INTERNAL_VARIABLE, value) : null;
}

export function parseApiAddress(variable: string, value: string): ApiAddress {
  const url = parseUrl(value);
  const fault = url === null ? "it is not a complete URL" : faultOf(url);
  if (url === null || fault !== null) {
    return { ok: false, message: explain(variable, value, fault ?? "") };
  }
  return {
    ok: true,
    url: url.origin + url.pathname.replace(/\/+$/, ""),
    origin: url.origin,
  };
}

function parseUrl(value: string): URL | null {
  try {
    return new URL(value);
  } catch {
    return null;
  }
}

function faultOf(url: URL): string | null {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return `it starts with "${url.protocol}" instead of "http:" or "https:"`;
  }
  if (url.username || url.password) {
    return "it carries a user name or a password, which every visitor would see";
  }
  if (url.search || url.hash) {
    return 'it carries a "?" or a "#" part, which an address of an API cannot have';
  }
  if (!SAFE_HOST.test(url.hostname)) {
    return "its host is neither a plain host name nor an IPv4 address";
  }
  return null;
}

function explain(variable: string, value: string, fault: string): string {
  return (
    `${variable} must hold the http or https address of the API, but ${fault}` +
    ` (found ${echo(value)}). Set it to an address such as` +
    " https://api.example.com and start the front end again."
  );
}

// What stands before an "@" may be a password, so it is not repeated.
function echo(value: string): string {
  if (value.includes("@")) return "a value with credentials, not shown here";
  const clipped =
    value.length > LONGEST_ECHO ? `${value.slice(0, LONGEST_ECHO)}…` : value;
  return JSON.stringify(clipped);
}
