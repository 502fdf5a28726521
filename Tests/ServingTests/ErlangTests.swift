import Foundation
import Serving
import Testing

@Suite struct ErlangTests {
  /// Erlang C by its definition, in logarithms: a^c/c! c/(c-a) over the sum of a^k/k! plus the same.
  private func definition(_ c: Int, _ a: Double) -> Double {
    func term(_ k: Int) -> Double { Double(k) * log(a) - lgamma(Double(k) + 1) }
    let last = term(c) + log(Double(c) / (Double(c) - a))
    let sum = (0..<c).reduce(0) { $0 + exp(term($1) - last) }
    return 1 / (1 + sum)
  }

  @Test("M/M/16 at 85 %: 43.3221 % of requests wait")
  func publishedValue() {
    #expect(abs(Erlang.waiting(servers: 16, load: 13.6) - 0.433221) < 1e-6)
  }

  @Test("Erlang B of tables: 10 servers at 5 erlangs lose 1.84 %, 100 at 84.06 lose 1 %")
  func tables() {
    #expect(abs(Erlang.blocking(servers: 10, load: 5) - 0.01838) < 1e-5)
    #expect(abs(Erlang.blocking(servers: 100, load: 84.06) - 0.01) < 1e-5)
    #expect(abs(Erlang.blocking(servers: 1, load: 1) - 0.5) < 1e-15)
  }

  @Test("M/M/1 waits with probability equal to the load")
  func oneServer() {
    for load in [0.01, 0.3, 0.9, 0.999] { #expect(abs(Erlang.waiting(servers: 1, load: load) - load) < 1e-12) }
  }

  @Test("agrees with the definition, below and above the change of method", arguments: [2, 64, 511, 512, 700, 5000])
  func definitionAgrees(servers: Int) {
    for utilization in [0.3, 0.7, 0.9, 0.99, 0.9999] {
      let load = Double(servers) * utilization
      let exact = definition(servers, load)
      let ours = Erlang.waiting(servers: servers, load: load)
      #expect(abs(ours - exact) <= 1e-8 * exact + 1e-300, "servers \(servers), load \(load)")
    }
  }

  // By the recursion in 50 decimal digits (mpmath).
  @Test(
    "exact to 1e-12 up to 100,000 servers",
    arguments: [
      (512, 500.0, 0.0214123026038987, 0.482825063015191), (10_000, 9_999, 0.00787367750611536, 0.987556252434486),
      (100_000, 98_000, 1.98354820773497e-12, 9.91774103771093e-11),
      (100_000, 99_900, 0.00192022677255386, 0.657993511795303),
      (100_000, 99_999, 0.00251255198889429, 0.996045681564411),
    ])
  func large(servers: Int, load: Double, blocking: Double, waiting: Double) {
    #expect(abs(Erlang.blocking(servers: servers, load: load) / blocking - 1) < 1e-12)
    #expect(abs(Erlang.waiting(servers: servers, load: load) / waiting - 1) < 1e-12)
  }

  @Test("no load never waits, overload always does, and absurd input gives a probability")
  func limits() {
    #expect(Erlang.waiting(servers: 4, load: 0) == 0)
    #expect(Erlang.waiting(servers: 4, load: 4) == 1)
    #expect(Erlang.waiting(servers: 0, load: 1) == 1)
    #expect(Erlang.blocking(servers: 4, load: .infinity) == 1)
    #expect(Erlang.blocking(servers: 1_000_000_000, load: 1) == 0)
    #expect(Erlang.waiting(servers: 1_000_000, load: 999_000) < 0.4)
  }
}
