package screen_test

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
)

// terminal returns the program's side of a new pseudo-terminal.
func terminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { slave.Close() })
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	return slave
}

func TestTerminal(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns uint16
		env     map[string]string
		plain   bool

		width                 int
		color, ascii, redraws bool
	}{
		{"ordinary", 120, nil, false, 120, true, false, true},
		{"of unknown width", 0, nil, false, 80, true, false, true},
		{"NO_COLOR", 120, map[string]string{"NO_COLOR": "1"}, false, 120, false, false, true},
		{"dumb", 120, map[string]string{"TERM": "dumb"}, false, 120, false, false, false},
		{"plain", 120, nil, true, 120, false, true, false},
	} {
		env := func(name string) string { return tt.env[name] }
		s := screen.New(terminal(t, tt.columns), env, tt.plain)
		if !s.Terminal || s.Width != tt.width || s.Style.Color != tt.color || s.Style.ASCII != tt.ascii || s.Redraws(env) != tt.redraws {
			t.Errorf("%s: got %+v, redraws %v", tt.name, *s, s.Redraws(env))
		}
	}
}
