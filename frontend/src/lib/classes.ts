/** Joins class names; a CSS module gives `undefined` for a class without rules. */
export function classes(...names: (string | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
