import type { Metadata } from "next";
import { RequireApi } from "@/components/backend";
import { PageHeading } from "@/components/page-heading";
import { DocumentsScreen } from "@/features/documents/documents-screen";
import { parsePage } from "@/lib/paging";

export const metadata: Metadata = { title: "Documents" };

export default async function DocumentsPage({ searchParams }: PageProps<"/documents">) {
  const { page } = await searchParams;
  return (
    <>
      <PageHeading title="Documents">
        Everything that the search looks through, the newest first.
      </PageHeading>
      <RequireApi>
        <DocumentsScreen page={parsePage(page)} />
      </RequireApi>
    </>
  );
}
