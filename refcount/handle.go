package refcount

import (
	"context"
	"fmt"
	"io/fs"
)

// Handle owns a resource of the operating system or of another language, such as
// a file descriptor, a memory mapping or a pointer from C, and keeps it from being
// closed while somebody uses it.
//
//	type File struct{ fd refcount.Handle[int] }
//
//	func (f *File) Sync() error  { return f.fd.Use(syscall.Fsync) }
//	func (f *File) Close() error { return f.fd.Close() }
//
// The number of a closed descriptor is given to the next file that is opened, so a
// call that looked at the number before a Close and uses it afterwards works on a
// stranger's file. Inside of [Handle.Use] that cannot happen: a Close meanwhile
// only marks the handle, and the last user closes the resource.
//
// All methods are safe for concurrent use. A Handle must not be copied; go vet
// reports copies. Pass a pointer to it, or to what it is embedded in. The zero
// Handle is a closed one.
//
// It is C#'s SafeHandle. Go's os.File guards its own descriptor likewise.
//
// # Not guaranteed
//
// What f keeps of the resource after it has returned is not protected; neither
// are two uses from each other: a Handle is no lock. A Handle lost without Close
// is closed only by the leak detector, if that watches it.
type Handle[R any] struct {
	_     noCopy
	held  *resource[R]
	owner Strong[R] // released by Close; lost with the Handle
}

// ErrClosed is returned for a [Handle] that was closed before. It also is
// [fs.ErrClosed] to errors.Is.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string        { return "refcount: the Handle is closed" }
func (closedError) Is(target error) bool { return target == fs.ErrClosed }

// NewHandle returns the owner of the resource. close is called with it once, when
// the handle has been closed and nobody uses it any more, in the goroutine of the
// last of these. NewHandle panics if close is nil.
//
// A close that panics is reported ([realweak.OnPanic]), and counts as having
// closed with an error.
func NewHandle[R any](value R, close func(R) error) Handle[R] {
	if close == nil {
		panic(fmt.Sprintf("refcount: NewHandle[%s] without a close function: a resource that needs none needs no Handle", typeName[R]()))
	}
	held := &resource[R]{value: value, end: close}
	held.word.Store(usable)
	return Handle[R]{held: held, owner: Wrap(&held.value, func(*R) { held.shut() })}
}

// Use calls f with the resource and returns what f returns. The resource is not
// closed before f has ended, be it by a panic or by runtime.Goexit. Use returns
// [ErrClosed] without a call of f if the handle was closed before. Uses may be
// concurrent, and within each other.
//
// f may close the handle; the resource is closed when f has returned. The error of
// that is for [Handle.CloseWait].
func (h *Handle[R]) Use(f func(R) error) error {
	held := h.held
	if held == nil {
		return ErrClosed
	}
	// A refused use is taken back like any other.
	defer held.leave()
	if held.word.Add(oneUse) < usable {
		return ErrClosed
	}
	return f(held.value)
}

// Close marks the handle as closed, so that no further use begins, and closes the
// resource unless it is being used. It returns the error of closing, and nil if
// that is left to the last user: it does not wait. It returns [ErrClosed] if the
// handle was closed before.
func (h *Handle[R]) Close() error {
	mine, closed := h.shut()
	switch {
	case !mine:
		return ErrClosed
	case !closed:
		return nil
	}
	return h.held.err
}

// CloseWait closes the handle, unless somebody has done that, waits until the
// resource is closed, and returns the error of closing. It may be called several
// times, and tells the same each time.
//
// If ctx ends first, CloseWait returns an error that wraps the context's and says
// how many uses are not over. The last of them closes the resource all the same.
//
// Called by a user of the handle, CloseWait waits for its own caller, until ctx
// ends. In a testing/synctest bubble it waits only for users in that bubble.
func (h *Handle[R]) CloseWait(ctx context.Context) error {
	if h.held == nil {
		return ErrClosed
	}
	h.shut()
	if err := h.held.closed.wait(ctx); err != nil {
		return fmt.Errorf("refcount: CloseWait of a Handle[%s]: %w: %d uses of it are not over; the last one closes it", typeName[R](), err, h.held.users())
	}
	return h.held.err
}

func (h *Handle[R]) shut() (mine, closed bool) {
	if h.held == nil {
		return false, false
	}
	mine, closed = h.held.shut()
	if mine {
		h.owner.Release()
	}
	return mine, closed
}
