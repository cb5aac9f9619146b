package service_test

import (
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(m) }
