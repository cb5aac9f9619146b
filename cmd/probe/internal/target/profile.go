package target

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// readProfile reads a profile of at most [wire.MaxMessage] bytes, before and after it
// is decompressed: package profile bounds neither.
func readProfile(r io.Reader) (*profile.Profile, error) {
	data, err := readBounded(r)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: there is nothing to read", io.ErrUnexpectedEOF)
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = readBounded(z)
		}
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: the profile is cut off", io.ErrUnexpectedEOF)
		case errors.Is(err, wire.ErrTooLarge):
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("%w: no profile: %w", wire.ErrFormat, err)
		}
	}
	p, err := profile.ParseUncompressed(data)
	if err == nil {
		err = p.CheckValid()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: no profile: %w", wire.ErrFormat, err)
	}
	return p, nil
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, wire.MaxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(data) > wire.MaxMessage {
		return nil, fmt.Errorf("%w: the profile has more than %d MiB", wire.ErrTooLarge, wire.MaxMessage>>20)
	}
	return data, nil
}
