package legible

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ give, want string }{
		{"*pool.Conn", "*pool.Conn"},
		{"žluťoučký 日本", "žluťoučký 日本"},
		{"a\tb\nc\u00a0d", "a b c d"},
		{"\x1b[31mred", "�[31mred"},
		{"\u009b31m\u202e\u200d\xff", "�31m���"},
		{strings.Repeat("ab", longest), strings.Repeat("ab", longest/2) + "…"},
	} {
		if got := Text(tt.give); got != tt.want {
			t.Errorf("Text(%q) = %q, want %q", tt.give, got, tt.want)
		}
	}
}
