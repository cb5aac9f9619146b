package records_test

import (
	"bytes"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/records"
)

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	for _, v := range []any{struct{}{}, struct {
		Age int `json:"age_ns"`
	}{7}} {
		if err := records.Write(&b, "thing", v); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"schema":1,"record":"thing"}
{"schema":1,"record":"thing","age_ns":7}
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, v := range []any{7, []int{1}, func() {}} {
		if err := records.Write(new(bytes.Buffer), "thing", v); err == nil {
			t.Errorf("a %T was written", v)
		}
	}
}
