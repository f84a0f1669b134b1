import type { Metadata } from "next";
import Link from "next/link";
import { PageHeading } from "@/components/page-heading";

export const metadata: Metadata = { title: { absolute: "Page not found · NeuronIP" } };

export default function NotFound() {
  return (
    <PageHeading title="Page not found">
      There is no page at this address. Check the address, or go to{" "}
      <Link href="/">the search</Link> or <Link href="/documents">the documents</Link>.
    </PageHeading>
  );
}
