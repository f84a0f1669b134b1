"use client";

// Takes the place of the layout, which is what failed: nothing of it is used.
export default function GlobalError() {
  return (
    <html lang="en">
      <head>
        <title>NeuronIP could not be shown</title>
      </head>
      <body>
        <main>
          <h1>NeuronIP could not be shown</h1>
          <p>
            The front end met an error of its own. Load the page again. If this goes on, look into
            the log of the front end.
          </p>
          <p>
            {/* A full page load, because the router may be what failed. */}
            {/* eslint-disable-next-line @next/next/no-html-link-for-pages */}
            <a href="/">Go to the start page</a>
          </p>
        </main>
      </body>
    </html>
  );
}
