// Package beside reads what the build puts next to a provider's binary.
package beside

import (
	"log"
	"os"
	"path/filepath"
)

// Schema returns the package schema the binary itself printed when it was built.
func Schema() []byte {
	executable, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(executable), "schema.json"))
	if err != nil {
		log.Fatal(err)
	}
	return schema
}
