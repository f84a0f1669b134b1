"use client";

import { HEALTH_INTERVAL_SECONDS, useBackend } from "@/components/backend";
import { Button } from "@/components/button";
import { FailureNotice } from "@/components/failure-notice";
import { Notice } from "@/components/notice";
import type { BuildInfo } from "@/lib/build-info";
import { formatClock } from "@/lib/format";
import {
  databaseAdvice,
  describeDocuments,
  summarizeApi,
  summarizeDatabase,
} from "@/lib/health-summary";
import { type Fact, StatusCard } from "./status-card";
import styles from "./status-screen.module.css";
import { useServerCheck } from "./use-server-check";

interface StatusScreenProps {
  build: BuildInfo;
  checksFromServer: boolean;
}

export function StatusScreen({ build, checksFromServer }: StatusScreenProps) {
  return (
    <div className={styles.screen}>
      <Freshness />
      <Trouble />
      <div className={styles.cards}>
        <ApiCard checksFromServer={checksFromServer} />
        <DatabaseCard />
        <StatusCard
          title="Front end"
          summary={{ tone: "good", text: "Up" }}
          facts={[
            ["Version", build.version],
            ["Commit", <code key="commit">{build.commit}</code>],
          ]}
        />
      </div>
    </div>
  );
}

function Freshness() {
  const { api, health } = useBackend();
  if (api === null) return null;
  const interval = `again every ${HEALTH_INTERVAL_SECONDS} seconds`;
  return (
    <div className={styles.freshness}>
      <p>
        {health.checkedAt === null
          ? "Checking…"
          : `Checked at ${formatClock(health.checkedAt)}, ${interval}.`}
      </p>
      <Button onClick={health.refresh} disabled={health.checking}>
        Check now
      </Button>
    </div>
  );
}

function Trouble() {
  const { address, health } = useBackend();
  if (!address.ok) {
    return (
      <Notice tone="error" title="The address of the API is not usable">
        <p>{address.message}</p>
      </Notice>
    );
  }
  if (health.failure) {
    return (
      <FailureNotice failure={health.failure} onRetry={health.refresh} linkToStatus={false} />
    );
  }
  const advice = databaseAdvice(health.data);
  return advice === null ? null : (
    <Notice tone="warning" title="The API works without its database">
      <p>{advice}</p>
    </Notice>
  );
}

function ApiCard({ checksFromServer }: { checksFromServer: boolean }) {
  const { address, health } = useBackend();
  const fromServer = useServerCheck(checksFromServer);
  const { data, failure } = health;
  const facts: Fact[] = [
    ["Address", address.ok ? address.url : "not usable"],
    ["Version", data?.version ?? "unknown"],
    ["Commit", <code key="commit">{data?.commit ?? "unknown"}</code>],
    ["Built", data?.buildDate ?? "unknown"],
  ];
  if (fromServer !== null) facts.push(["From server", fromServer]);
  return (
    <StatusCard
      title="API"
      summary={address.ok ? summarizeApi(data, failure) : { tone: "bad", text: "Not set" }}
      facts={facts}
    />
  );
}

function DatabaseCard() {
  const { data } = useBackend().health;
  return (
    <StatusCard
      title="Database"
      summary={summarizeDatabase(data)}
      facts={[["Documents", describeDocuments(data)]]}
    />
  );
}
