import type { ReactNode } from "react";
import { Badge } from "@/components/badge";
import type { Summary } from "@/lib/health-summary";
import styles from "./status-screen.module.css";

export type Fact = [name: string, value: ReactNode];

interface StatusCardProps {
  title: string;
  summary: Summary;
  facts: Fact[];
}

export function StatusCard({ title, summary, facts }: StatusCardProps) {
  return (
    <section aria-label={title} className={styles.card}>
      <div className={styles.cardHead}>
        <h2>{title}</h2>
        <Badge tone={summary.tone}>{summary.text}</Badge>
      </div>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
