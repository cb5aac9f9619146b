package page_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(closing{m}) }

// closing ends the browser after the tests.
type closing struct{ goleak.TestingM }

func (c closing) Run() int {
	defer closeBrowser()
	return c.TestingM.Run()
}
