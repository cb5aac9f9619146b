package debughttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/track"
	"github.com/referent-go/referent/realweak/weaktest"
)

// replicaVariable tells a test binary to be a service with that many objects.
const replicaVariable = "REFERENT_TEST_REPLICA"

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(replicaVariable)); err == nil {
		if err := beReplica(n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	weaktest.Main(m)
}

// replicaConn is what replicas have.
type replicaConn struct {
	next *replicaConn
	id   int
}

// beReplica is a service with n tracked objects. It prints its address, and ends when
// its input does.
func beReplica(n int) error {
	group := track.NewGroup[replicaConn]("conns")
	var all *replicaConn
	for i := range n {
		all = group.Track(&replicaConn{all, i})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/debug/realweak/", debughttp.Handler())
	server := &http.Server{Handler: mux}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(all)
	_ = server.Close()
	<-ended
	return nil
}

// startReplica starts a process with n tracked objects and returns its address.
func startReplica(t *testing.T, n int) (address string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	replica := exec.Command(self)
	replica.Env = append(os.Environ(), fmt.Sprintf("%s=%d", replicaVariable, n))
	replica.Stderr = os.Stderr
	in, err := replica.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := replica.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := replica.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := replica.Wait(); err != nil {
			t.Errorf("a replica ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("a replica did not tell its address: %v", err)
	}
	return strings.TrimSpace(line)
}
