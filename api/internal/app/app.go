// Package app is the command line of the service and puts its parts together.
package app

import (
	"context"
	"fmt"
	"io"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
	"github.com/neurondb/neuronip/api/internal/config"
)

// Exit codes of the process.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = `Usage:
  neuronip-api               serve the API until SIGTERM or SIGINT
  neuronip-api healthcheck   ask the server on this machine whether it is alive
  neuronip-api --version     print the version, the commit and the build date
  neuronip-api --help        print this text

Environment:
  SERVER_PORT           port to listen on (default 8082)
  DB_HOST               PostgreSQL host; empty means to run without a database
  DB_PORT               PostgreSQL port (default 5432)
  DB_USER               PostgreSQL role; required with DB_HOST
  DB_PASSWORD           password of the role
  DB_NAME               database; required with DB_HOST
  DB_SSLMODE            disable, allow, prefer, require, verify-ca or verify-full (default prefer)
  CORS_ALLOWED_ORIGINS  origins whose pages may use the API, comma separated
  LOG_LEVEL             debug, info, warn or error (default info)
`

// Run executes one command and returns the exit code of the process. A server
// runs until ctx is done; it logs to stdout. Complaints go to stderr.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer, build buildinfo.Info) int {
	if len(args) == 0 {
		return serveCommand(ctx, getenv, stdout, stderr, build)
	}
	if len(args) > 1 {
		return wrongUsage(stderr, args[1])
	}
	switch args[0] {
	case "-version", "--version":
		_, _ = fmt.Fprintln(stdout, build)
		return exitOK
	case "-h", "-help", "--help":
		_, _ = fmt.Fprint(stdout, usage)
		return exitOK
	case "healthcheck":
		return healthcheckCommand(ctx, getenv, stderr)
	}
	return wrongUsage(stderr, args[0])
}

func serveCommand(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer, build buildinfo.Info) int {
	cfg, err := config.Load(getenv)
	if err != nil {
		complain(stderr, err)
		return exitUsage
	}
	if err := serve(ctx, cfg, stdout, build); err != nil {
		complain(stderr, err)
		return exitFailed
	}
	return exitOK
}

func wrongUsage(stderr io.Writer, argument string) int {
	_, _ = fmt.Fprintf(stderr, "%s: the argument %q is not known here.\n\n%s", buildinfo.Name, argument, usage)
	return exitUsage
}

func complain(stderr io.Writer, err error) {
	_, _ = fmt.Fprintf(stderr, "%s: %s.\n", buildinfo.Name, err)
}
