import type { Metadata } from "next";
import { PageHeading } from "@/components/page-heading";
import { StatusScreen } from "@/features/status/status-screen";
import { buildInfo } from "@/lib/build-info";
import { internalApiAddress } from "@/lib/settings";

export const metadata: Metadata = { title: "Status" };

export default function StatusPage() {
  return (
    <>
      <PageHeading title="Status">
        What runs here, in which version, and whether it works.
      </PageHeading>
      <StatusScreen
        build={buildInfo}
        checksFromServer={internalApiAddress(process.env) !== null}
      />
    </>
  );
}
