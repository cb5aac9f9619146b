//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package refcount_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/referent-go/referent/refcount"
)

// file is a descriptor that cannot be closed under a read.
type file struct{ fd refcount.Handle[int] }

func open(name string) (*file, error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &file{fd: refcount.NewHandle(fd, syscall.Close)}, nil
}

func (f *file) ReadAt(p []byte, offset int64) (n int, err error) {
	err = f.fd.Use(func(fd int) error {
		n, err = syscall.Pread(fd, p, offset)
		return err
	})
	return n, err
}

func (f *file) Close() error { return f.fd.Close() }

// A type that owns a file descriptor.
func ExampleHandle() {
	dir, err := os.MkdirTemp("", "cheese")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "stock.txt")
	if err := os.WriteFile(name, []byte("Brie Tilsit"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	f, err := open(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	var word [6]byte
	n, err := f.ReadAt(word[:], 5)
	fmt.Printf("%s %v\n", word[:n], err)
	fmt.Println(f.Close())
	_, err = f.ReadAt(word[:], 0)
	fmt.Println(errors.Is(err, fs.ErrClosed))
	// Output:
	// Tilsit <nil>
	// <nil>
	// true
}

// A mapped file. To touch a mapping after munmap ends the process; in a Use it is
// still there, though somebody has closed it meanwhile.
func ExampleHandle_mapping() {
	f, err := os.CreateTemp("", "cheese")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.WriteString("Red Leicester"); err != nil {
		fmt.Println(err)
		return
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, 13, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		fmt.Println(err)
		return
	}
	mapping := refcount.NewHandle(mapped, syscall.Munmap)

	_ = mapping.Use(func(stock []byte) error {
		fmt.Println("closing:", mapping.Close())
		fmt.Printf("%s\n", stock)
		return nil
	})
	fmt.Println(mapping.Use(func([]byte) error { return nil }))
	// Output:
	// closing: <nil>
	// Red Leicester
	// refcount: the Handle is closed
}

// Memory that is none of the collector's. With cgo it would come from C and be
// guarded in the same way,
//
//	refcount.NewHandle(C.malloc(n), func(p unsafe.Pointer) error { C.free(p); return nil })
//
// but this page's examples run without a C compiler: an anonymous mapping stands
// for it, since like C's memory it is gone when it is given back.
func ExampleHandle_memory() {
	block, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		return
	}
	memory := refcount.NewHandle(block, func(b []byte) error {
		fmt.Println("given back:", len(b))
		return syscall.Munmap(b)
	})
	defer memory.Close()

	var copied string
	_ = memory.Use(func(b []byte) error {
		n := copy(b, "Parmesan")
		copied = string(b[:n]) // what is to outlive the use is copied
		return nil
	})
	fmt.Println(copied)
	// Output:
	// Parmesan
	// given back: 4096
}
