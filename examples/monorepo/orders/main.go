// Orders is a service.
package main

import (
	"log"

	"example.com/acme/lib"
)

var version = "unknown"

func main() {
	if err := lib.Serve("orders " + version); err != nil {
		log.Fatal(err)
	}
}
