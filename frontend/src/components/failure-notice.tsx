"use client";

import Link from "next/link";
import { type ApiFailure, describeFailure } from "@/lib/api-failure";
import { classes } from "@/lib/classes";
import { useBackend } from "./backend";
import { Button } from "./button";
import buttonStyles from "./button.module.css";
import styles from "./failure-notice.module.css";
import { Notice } from "./notice";

interface FailureNoticeProps {
  failure: ApiFailure;
  onRetry?: () => void;
  /** The status page does not send its readers to itself. */
  linkToStatus?: boolean;
}

export function FailureNotice({ failure, onRetry, linkToStatus = true }: FailureNoticeProps) {
  const { address, health } = useBackend();
  const text = describeFailure(failure, {
    apiUrl: address.ok ? address.url : "the set address",
    pageOrigin: window.location.origin,
  });
  const retry = () => {
    onRetry?.();
    health.refresh();
  };
  const actions = (
    <>
      {onRetry ? <Button onClick={retry}>Try again</Button> : null}
      {linkToStatus ? (
        <Link href="/status" className={classes(buttonStyles.button, buttonStyles.quiet)}>
          See the status
        </Link>
      ) : null}
    </>
  );
  return (
    <Notice tone="error" title={text.title} actions={onRetry || linkToStatus ? actions : null}>
      <dl className={styles.facts}>
        <dt>Asked</dt>
        <dd>
          <code>{text.asked}</code>
        </dd>
        <dt>Found</dt>
        <dd>{text.found}</dd>
        <dt>Next</dt>
        <dd>{text.next}</dd>
      </dl>
    </Notice>
  );
}
