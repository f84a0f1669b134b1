"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { summarizeAll } from "@/lib/health-summary";
import { useBackend } from "./backend";
import { Badge } from "./badge";
import { Logo } from "./logo";
import styles from "./site-header.module.css";

const SECTIONS = [
  { href: "/", label: "Search" },
  { href: "/documents", label: "Documents" },
  { href: "/status", label: "Status" },
] as const;

export function SiteHeader() {
  const pathname = usePathname();
  return (
    <header className={styles.header}>
      <div className={styles.inner}>
        <Link href="/" className={styles.brand} aria-label="NeuronIP, start page">
          <Logo className={styles.logo} />
          <span>NeuronIP</span>
        </Link>
        <nav aria-label="Main" className={styles.nav}>
          {SECTIONS.map(({ href, label }) => (
            <Link
              key={href}
              href={href}
              className={styles.section}
              aria-current={isCurrent(href, pathname) ? "page" : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
        <ApiIndicator />
      </div>
    </header>
  );
}

function ApiIndicator() {
  const { address, health } = useBackend();
  const { tone, text } = address.ok
    ? summarizeAll(health.data, health.failure)
    : ({ tone: "bad", text: "API not set" } as const);
  return (
    <div className={styles.indicator} role="status">
      <Badge tone={tone}>{text}</Badge>
    </div>
  );
}

function isCurrent(href: string, pathname: string): boolean {
  return href === "/" ? pathname === "/" : pathname.split("/")[1] === href.slice(1);
}
