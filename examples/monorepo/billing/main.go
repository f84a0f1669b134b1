// Billing is a service.
package main

import (
	"log"

	"example.com/acme/lib"
)

var version = "unknown"

func main() {
	if err := lib.Serve("billing " + version); err != nil {
		log.Fatal(err)
	}
}
