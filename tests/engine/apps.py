"""Small applications to build in tests, as files by name."""

from typing import Final

GO_MOD: Final = "module example.com/hello\n\ngo 1.26\n"

SERVER: Final = """\
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

var version = "unset"

func main() {
	if len(os.Args) > 1 {
		fmt.Println("hello", version)
		return
	}
	%s
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(%d) })
	_ = http.ListenAndServe(":8080", nil)
}

var _ = []os.Signal{syscall.SIGTERM, os.Interrupt}
"""


CATCHES_SIGTERM_AND_GOES_ON: Final = "signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)"


def server(health: int = 200, first: str = "signal.Ignore(os.Interrupt)") -> dict[str, str]:
    """A Go server whose /health answers a status, and which does something first."""
    return {"go.mod": GO_MOD, "main.go": SERVER % (first, health)}


def next_site(page: str, config: str = "{}", dependencies: str = "") -> dict[str, str]:
    """A Next.js application without a lock file."""
    versions = f'"next": "16.4.6", "react": "19.3.1", "react-dom": "19.3.1"{dependencies}'
    return {
        "package.json": f'{{"private": true, "scripts": {{"build": "next build"}}, "dependencies": {{{versions}}}}}\n',
        "next.config.mjs": f"export default {config};\n",
        "app/layout.js": (
            "export default function Layout({ children }) {\n  return <html><body>{children}</body></html>;\n}\n"
        ),
        "app/page.js": page,
    }
