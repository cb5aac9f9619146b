// What C++'s shared_ptr and weak_ptr take, in nanoseconds: the least of many short
// runs, which disturbances of the machine do not reach. Printed as "name value" lines.
// The arguments may be the one operation to measure, and for how many milliseconds.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

constexpr int runs = 300;
constexpr int steps = 5000;

// The size of what the Go benchmarks count.
struct Payload {
  int64_t a;
  int64_t rest[2];
};

// keep makes the compiler believe that p is used.
template <class T>
void keep(T &p) {
  asm volatile("" : : "r"(&p) : "memory");
}

const char *wanted = nullptr;
std::chrono::milliseconds span{0};

template <class F>
void least(const char *name, F step) {
  if (wanted && std::strcmp(wanted, name)) return;
  double best = 1e18;
  auto began = std::chrono::steady_clock::now();
  for (int r = 0; r < runs || std::chrono::steady_clock::now() - began < span; r++) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; i++) step();
    std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / steps);
  }
  std::printf("%s %.3f\n", name, best);
}

int main(int count, char **args) {
  if (count > 1) wanted = args[1];
  if (count > 2) span = std::chrono::milliseconds(std::atoi(args[2]));
  // With one thread, libstdc++ counts without atomics.
  std::thread([] {}).join();

  std::atomic<int64_t> word{0};
  least("add-pair", [&] {
    word.fetch_add(1);
    word.fetch_sub(1);
  });
  auto shared = std::make_shared<Payload>(Payload{1, {}});
  least("clone-release", [&] {
    auto c = shared;
    keep(c);
  });
  std::weak_ptr<Payload> weak = shared;
  least("upgrade-release", [&] {
    auto c = weak.lock();
    keep(c);
  });
  least("downgrade-release", [&] {
    std::weak_ptr<Payload> w = shared;
    keep(w);
  });
  least("new-release", [&] {
    auto n = std::make_shared<Payload>(Payload{1, {}});
    keep(n);
  });
}
