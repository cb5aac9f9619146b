package top

import (
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(m) }
