"use client";

import { useEffect } from "react";
import { Button } from "@/components/button";
import { Notice } from "@/components/notice";

interface ErrorPageProps {
  error: Error & { digest?: string };
  reset: () => void;
}

export default function ErrorPage({ error, reset }: ErrorPageProps) {
  useEffect(() => {
    console.error(error);
  }, [error]);
  return (
    <Notice
      tone="error"
      title="This page could not be shown"
      actions={<Button onClick={reset}>Try again</Button>}
    >
      <p>
        The front end met an error of its own while showing this page. Try again. If this goes
        on, look into the log of the front end{error.digest ? ` for ${error.digest}` : ""}.
      </p>
    </Notice>
  );
}
