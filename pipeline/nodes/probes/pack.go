// Packs files so that the same files have the same bytes: sorted, of one time, owned by root.
//
//	pack ARCHIVE SECONDS FOLDER PROGRAM
//
// ARCHIVE ends with .tar.gz or .zip. PROGRAM is the one file of FOLDER that may be executed.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A format: begins a member of an archive, and ends the archive.
type format struct {
	begin func(name string, size int64, mode os.FileMode) (io.Writer, error)
	close func() error
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pipeline-error:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 4 {
		return errors.New("pack needs an archive, a time, a folder and the name of a program")
	}
	seconds, err := strconv.ParseInt(arguments[1], 10, 64)
	if err != nil {
		return fmt.Errorf("%q is no time in seconds since 1970", arguments[1])
	}
	out, err := os.Create(arguments[0])
	if err != nil {
		return err
	}
	archive := tarball
	if strings.HasSuffix(arguments[0], ".zip") {
		archive = zipped
	}
	into, err := archive(out, time.Unix(seconds, 0).UTC())
	if err != nil {
		return err
	}
	if err := fill(into, arguments[2], arguments[3]); err != nil {
		return err
	}
	return errors.Join(into.close(), out.Close())
}

func tarball(out io.Writer, at time.Time) (format, error) {
	packed, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return format{}, err
	}
	archive := tar.NewWriter(packed)
	begin := func(name string, size int64, mode os.FileMode) (io.Writer, error) {
		return archive, archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: int64(mode), ModTime: at})
	}
	return format{begin, func() error { return errors.Join(archive.Close(), packed.Close()) }}, nil
}

// What was there before 1980 cannot be said in a zip archive.
var earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func zipped(out io.Writer, at time.Time) (format, error) {
	if at.Before(earliest) {
		at = earliest
	}
	archive := zip.NewWriter(out)
	begin := func(name string, _ int64, mode os.FileMode) (io.Writer, error) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at}
		header.SetMode(mode)
		return archive.CreateHeader(header)
	}
	return format{begin, archive.Close}, nil
}

// os.ReadDir sorts by name.
func fill(into format, folder, program string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	found := false
	for _, entry := range entries {
		mode := os.FileMode(0o644)
		if entry.Name() == program {
			mode, found = 0o755, true
		}
		if err := add(into, folder, entry.Name(), mode); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("there is no %s in %s", program, folder)
	}
	return nil
}

func add(into format, folder, name string, mode os.FileMode) error {
	file, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	member, err := into.begin(name, info.Size(), mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(member, file)
	return err
}
