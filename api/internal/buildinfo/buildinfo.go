// Package buildinfo describes the build that is running.
package buildinfo

import "fmt"

// Name is the name of the binary.
const Name = "neuronip-api"

// Info identifies one build of the binary.
type Info struct {
	Version string
	Commit  string
	Date    string
}

// String returns the line that --version prints.
func (i Info) String() string {
	return fmt.Sprintf("%s %s (commit %s, built %s)", Name, i.Version, i.Commit, i.Date)
}
