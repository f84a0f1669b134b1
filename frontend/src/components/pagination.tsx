import Link from "next/link";
import { pageCount } from "@/lib/paging";
import buttonStyles from "./button.module.css";
import styles from "./pagination.module.css";

interface PaginationProps {
  label: string;
  page: number;
  total: number;
  hrefOf: (page: number) => string;
}

export function Pagination({ label, page, total, hrefOf }: PaginationProps) {
  const last = pageCount(total);
  if (last === 1) return null;
  return (
    <nav aria-label={label} className={styles.pagination}>
      {page > 1 ? (
        <Link href={hrefOf(page - 1)} rel="prev" className={buttonStyles.button}>
          Previous
        </Link>
      ) : null}
      <span className={styles.position}>
        Page {page} of {last}
      </span>
      {page < last ? (
        <Link href={hrefOf(page + 1)} rel="next" className={buttonStyles.button}>
          Next
        </Link>
      ) : null}
    </nav>
  );
}
