import Glibc
import Quantities
import Testing

@testable import Serving

@Suite("Balancing") struct BalancingTests {
  func queue(_ balancing: Balancing, _ concurrency: Int = 1) throws -> ErlangC {
    try ErlangC(concurrency: concurrency, serviceTime: .seconds(1), balancing: balancing)
  }

  @Test("a shared line of N replicas is one queue with all their servers, a random split N queues of one each")
  func exact() throws {
    let shared = try queue(.shared, 4).wait(of: .perSecond(14), replicas: 4)
    let whole = try queue(.shared, 16).wait(of: .perSecond(14), replicas: 1)
    #expect(shared.probability == whole.probability && shared.mean == whole.mean)
    let split = try queue(.random, 4).wait(of: .perSecond(14), replicas: 4)
    let one = try queue(.shared, 4).wait(of: .perSecond(3.5), replicas: 1)
    #expect(split.probability == one.probability && split.mean == one.mean)
  }

  @Test("one replica has one queue, whatever finds it", arguments: Balancing.allCases)
  func single(_ balancing: Balancing) throws {
    let level = try queue(balancing, 8).level(of: .perSecond(7), replicas: 1)
    #expect(level.latency == (try queue(.shared, 8).level(of: .perSecond(7), replicas: 1).latency))
  }

  /// The two-dimensional Markov chain of two servers with join the shortest queue, solved numerically (two truncations
  /// agree to 12 digits).
  @Test(
    "least connections is within 1 % of the exact two servers",
    arguments: [
      (1.0, 1.426320751167), (1.6, 2.955736617638), (1.8, 5.474912821235),
    ])
  func twoServers(rate: Double, mean: Double) throws {
    let latency = try #require(try queue(.leastConnections).level(of: .perSecond(rate), replicas: 2).latency)
    #expect(abs(latency.mean / mean - 1) < 0.01)
  }

  /// The formula's own values, computed apart from this program.
  @Test(
    "least connections is its formula",
    arguments: [
      (2, 1, 0.8, 0.6936155569, 2.9267098803), (4, 8, 0.9, 0.4219486991, 1.1533689659),
      (16, 4, 0.9, 0.2268628892, 1.0696156411), (10, 16, 0.85, 0.0219239035, 1.0017061391),
    ])
  func formula(_ replicas: Int, _ servers: Int, _ busy: Double, _ waits: Double, _ mean: Double) throws {
    let rate = RequestRate.perSecond(Double(replicas * servers) * busy)
    let model = try queue(.leastConnections, servers)
    #expect(abs(model.wait(of: rate, replicas: replicas).probability - waits) < 1e-9)
    let latency = try #require(model.level(of: rate, replicas: replicas).latency)
    #expect(abs(latency.mean - mean) < 1e-9)
  }

  @Test("it lies between one line and a random split", arguments: [0.5, 0.8, 0.95])
  func between(_ busy: Double) throws {
    let rate = RequestRate.perSecond(32 * busy)
    let means = try [Balancing.shared, .leastConnections, .random].map {
      try #require(try queue($0, 4).level(of: rate, replicas: 8).latency).mean
    }
    #expect(means[0] <= means[1] && means[1] <= means[2], "\(means)")
  }
}

@Suite("What replicas carry") struct ServiceCapacityTests {
  static let objective = Objective(latency: [.p99(.seconds(6))])

  @Test("sizing and carrying agree: n carry a rate exactly where n are enough for it", arguments: Balancing.allCases)
  func agree(_ balancing: Balancing) throws {
    let model = try ErlangC(concurrency: 4, serviceTime: .seconds(1), balancing: balancing)
    let capacity = ServiceCapacity(model, meeting: Self.objective, fill: 0.9)
    for rate in [0.5, 3, 17, 100, 999.5] {
      let n = capacity.replicas(for: .perSecond(rate))
      #expect(capacity.carried(by: n).perSecond >= rate * (1 - 1e-9))
      #expect(n == 1 || capacity.carried(by: n - 1).perSecond < rate)
      let need = model.replicasNeeded(for: .perSecond(rate / 0.9), meeting: Self.objective)
      #expect(need.replicas == n)
    }
  }

  @Test("replicas of a random split carry n times what one does; those that share a line carry more")
  func pooling() throws {
    func carried(_ balancing: Balancing, _ n: Int) throws -> Double {
      let model = try ErlangC(concurrency: 4, serviceTime: .seconds(1), balancing: balancing)
      return ServiceCapacity(model, meeting: Self.objective).carried(by: n).perSecond
    }
    #expect(abs(try carried(.random, 20) / (20 * carried(.random, 1)) - 1) < 1e-12)
    #expect(try carried(.shared, 20) > 1.05 * carried(.random, 20))
    #expect(try carried(.leastConnections, 20) > 1.02 * carried(.random, 20))
    #expect(try carried(.leastConnections, 20) <= carried(.shared, 20))
  }

  @Test("a plain capacity is divided, rounding forgiven")
  func plain() throws {
    let capacity = ServiceCapacity(try FixedCapacity(.perSecond(0.1)), meeting: Self.objective)
    #expect(capacity.replicas(for: .perSecond(0.1 * 3)) == 3)
    #expect(capacity.replicas(for: .zero) == 0 && capacity.replicas(for: .perSecond(.infinity)) == ServiceCapacity.most)
  }

  @Test("an estimate of the capacity is the model at its low, middle and high end")
  func estimate() throws {
    let rate = Estimate<RequestRate>(low: .perSecond(80), mid: .perSecond(100), high: .perSecond(110))
    let service = try ServiceEstimate(rate) { (rate) throws(ServingError) in try FixedCapacity(rate) }
    let capacity = CapacityEstimate(service, meeting: Objective(), fill: 0.5)
    let carried = capacity.carried(by: 10)
    #expect(carried.low == .perSecond(400) && carried.mid == .perSecond(500) && carried.high == .perSecond(550))
    #expect(!capacity.isCertain && capacity.replicas(for: .perSecond(450)) == 9)
  }
}

@Suite("Objectives") struct ObjectiveTests {
  @Test("a bound of a metric is written before its percentile")
  func names() {
    #expect(LatencyBound.p99(.milliseconds(200)).name == "p99")
    #expect(LatencyBound(.firstToken, quantile: 0.999, limit: .seconds(1)).description == "ttft p99.9 within 1 s")
    #expect(ServiceMetric(word: "tpot") == .perToken && ServiceMetric(word: "") == nil)
    #expect(abs((Percentile.share(of: "p999") ?? 0) - 0.999) < 1e-12 && Percentile.share(of: "p0") == nil)
    // What Swift reads as a number and is no share of anything.
    for word in ["pinf", "pnan", "p-5", "p1e300", "p100", "p0x1p900", "p"] {
      #expect(Percentile.share(of: word) == nil)
    }
  }

  @Test("a wait is a time of its own: Erlang C's")
  func waits() throws {
    let queue = try ErlangC(concurrency: 16, serviceTime: .seconds(1), balancing: .shared)
    let share = try #require(queue.share(of: .wait, within: log(43.3221) / 2.4, of: .perSecond(13.6), replicas: 1))
    #expect(abs(share - 0.99) < 1e-5)
    #expect(queue.share(of: .firstToken, within: 1, of: .perSecond(1), replicas: 1) == nil)
  }
}
