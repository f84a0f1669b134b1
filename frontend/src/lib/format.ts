/** A time of the API in the language and time zone of the reader. */
export function formatTime(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return value || "unknown";
  return new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(time);
}

export function formatClock(time: Date): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(time);
}

export function countOf(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

const FULL_HASH = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

export function shortCommit(commit: string): string {
  return FULL_HASH.test(commit) ? commit.slice(0, 12) : commit;
}
