//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package refcount_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/referent-go/referent/refcount"
)

func openForWriting(t *testing.T, name string) int {
	t.Helper()
	fd, err := syscall.Open(name, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// While a descriptor is used its number is given to no other file, whoever closes
// the handle meanwhile.
func TestDescriptorIsNotRecycled(t *testing.T) {
	dir := t.TempDir()
	own, strange := filepath.Join(dir, "own"), filepath.Join(dir, "strange")
	h := refcount.NewHandle(openForWriting(t, own), syscall.Close)
	err := h.Use(func(fd int) error {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		other := openForWriting(t, strange)
		defer syscall.Close(other)
		if other == fd {
			t.Error("a descriptor in use was given to another file")
		}
		_, err := syscall.Write(fd, []byte("mine"))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{own: "mine", strange: ""} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v; want %q", filepath.Base(name), got, err, want)
		}
	}
	if err := h.CloseWait(t.Context()); err != nil {
		t.Error(err)
	}
}

// Many files that are opened, used and closed at once: every read is of the
// reader's own file, or is refused.
func TestDescriptorHammer(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 4 {
		text := fmt.Sprintf("file %d", i)
		name := filepath.Join(dir, text)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for range rounds {
				f, err := open(name)
				if err != nil {
					t.Error(err)
					return
				}
				var users sync.WaitGroup
				for range 2 {
					users.Go(func() {
						var buf [16]byte
						for {
							n, err := f.ReadAt(buf[:], 0)
							if err != nil {
								expectErr(t, "ReadAt", err, refcount.ErrClosed)
								return
							}
							if string(buf[:n]) != text {
								t.Errorf("%s reads %q", text, buf[:n])
							}
						}
					})
				}
				if err := f.fd.CloseWait(t.Context()); err != nil {
					t.Error(err)
				}
				users.Wait()
			}
		})
	}
	all.Wait()
}
