import type { ReactNode } from "react";
import styles from "./page-heading.module.css";

export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.heading}>
      <h1>{title}</h1>
      {children ? <p className={styles.lead}>{children}</p> : null}
    </div>
  );
}
