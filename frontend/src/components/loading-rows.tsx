import styles from "./loading-rows.module.css";

interface LoadingRowsProps {
  label: string;
  rows?: number;
}

export function LoadingRows({ label, rows = 4 }: LoadingRowsProps) {
  return (
    <div role="status">
      <span className="visually-hidden">{label}</span>
      <div className={styles.rows} aria-hidden="true">
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className={styles.row}>
            <span className={styles.title} />
            <span className={styles.line} />
          </div>
        ))}
      </div>
    </div>
  );
}
