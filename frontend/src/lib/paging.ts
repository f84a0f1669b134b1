export const PAGE_SIZE = 20;

// The API refuses an offset above one million.
const LAST_PAGE = 1_000_000 / PAGE_SIZE;

type SearchParam = string | string[] | undefined;

export function firstValue(value: SearchParam): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** Anything but a sensible page number in the address means the first page. */
export function parsePage(value: SearchParam): number {
  const given = firstValue(value);
  const page = /^[0-9]+$/.test(given) ? Number(given) : 1;
  return page >= 1 && page <= LAST_PAGE ? page : 1;
}

export function sliceOf(page: number): { limit: number; offset: number } {
  return { limit: PAGE_SIZE, offset: (page - 1) * PAGE_SIZE };
}

export function pageCount(total: number): number {
  return Math.max(1, Math.ceil(total / PAGE_SIZE));
}

/** The first and the last position on a page, counted from one. */
export function positions(page: number, total: number): [number, number] {
  const { offset, limit } = sliceOf(page);
  return [Math.min(offset + 1, total), Math.min(offset + limit, total)];
}

export function documentsHref(page: number): string {
  return page === 1 ? "/documents" : `/documents?page=${page}`;
}

export function documentHref(id: string): string {
  return `/documents/${encodeURIComponent(id)}`;
}

export function searchHref(query: string, page: number): string {
  const params = new URLSearchParams({ q: query });
  if (page > 1) params.set("page", String(page));
  return `/?${params}`;
}
