import type { ReactNode } from "react";
import { classes } from "@/lib/classes";
import styles from "./badge.module.css";

export type BadgeTone = "good" | "bad" | "warn" | "idle";

export function Badge({ tone, children }: { tone: BadgeTone; children: ReactNode }) {
  return (
    <span className={classes(styles.badge, styles[tone])}>
      <span className={styles.dot} aria-hidden="true" />
      {children}
    </span>
  );
}
