import Foundation
import Quantities
import Serving
import Testing

@Suite struct WaitingLineTests {
  private func line(
    _ servers: Int, _ rate: Double, arrivals: Double = 1, service: Double = 1, mean: Double = 1
  ) throws -> WaitingLine {
    try WaitingLine(
      servers: servers, arrivals: TimeDistribution(mean: 1 / rate, variability: arrivals),
      service: TimeDistribution(mean: mean, variability: service))
  }

  /// Within two half-widths of a 95 % interval, which a right simulation leaves once in ten thousand.
  private func agrees(_ waits: WaitingLine.Waits, _ exact: Double) -> Bool {
    abs(waits.mean - exact) < 2 * waits.confidence.halfWidth && waits.confidence.halfWidth < exact / 10
  }

  @Test("M/M/16 at 85 % waits 0.180509 service times, 43.3 % of customers do, and 1 % longer than ln(43.3) / 2.4")
  func published() throws {
    let waits = try line(16, 13.6).simulate(customers: 2_000_000, seed: 1)
    #expect(agrees(waits, 0.180509))
    #expect(abs(waits.probability - 0.433221) < 0.005)
    #expect(abs(waits.quantile(0.99) / (log(43.3221) / 2.4) - 1) < 0.03)
    #expect(abs(waits.utilization - 0.85) < 0.003)
  }

  // Pollaczek and Khinchine: Wq = r / (1 - r) (1 + scv) / 2 service times, exact for one server and Poisson arrivals.
  @Test(
    "one server with Poisson arrivals waits as Pollaczek and Khinchine say", arguments: [0, 0.25, 0.5, 1, 2, 4, 16.0])
  func oneServer(variability: Double) throws {
    let waits = try line(1, 0.7, service: variability).simulate(customers: 1_000_000, seed: 3)
    #expect(agrees(waits, 0.7 / 0.3 * (1 + variability) / 2))
  }

  // G/M/1: a share s of customers waits, s the root of s = A(1 - s), and Wq = s / (1 - s). Constant gaps of 1 / 0.7:
  // s = exp(-(1 - s) / 0.7). Two exponentials of balanced means: A(x) = sum of p l / (l + x).
  @Test("one exponential server waits as the root of its arrivals' transform says", arguments: [0, 4.0])
  func generalArrivals(variability: Double) throws {
    let p = (1 + ((variability - 1) / (variability + 1)).squareRoot()) / 2
    func transform(_ x: Double) -> Double {
      if variability == 0 { return exp(-x / 0.7) }
      let (a, b) = (2 * p * 0.7, 2 * (1 - p) * 0.7)
      return p * a / (a + x) + (1 - p) * b / (b + x)
    }
    var root = 0.5
    for _ in 0..<10_000 { root = transform(1 - root) }
    let waits = try line(1, 0.7, arrivals: variability).simulate(customers: 1_000_000, seed: 4)
    #expect(agrees(waits, root / (1 - root)))
    #expect(abs(waits.probability / root - 1) < 0.01)
  }

  @Test("nobody waits where customers come in turn and servers suffice, and the last percentile is zero")
  func clockwork() throws {
    let waits = try line(2, 1, arrivals: 0, service: 0, mean: 1.9).simulate(customers: 10_000, seed: 1)
    #expect(waits.mean == 0 && waits.probability == 0 && waits.quantile(0.99) == 0)
  }

  @Test("the 95 % interval covers the exact mean in 88 to 99 of 100 runs")
  func coverage() throws {
    let queue = try line(2, 1.4)
    // M/M/2: Wq = r^2 / (1 - r^2) service times.
    let exact = 0.49 / 0.51
    let covered = (0..<100).count { seed in
      let waits = queue.simulate(customers: 100_000, seed: UInt64(seed))
      return abs(waits.mean - exact) <= waits.confidence.halfWidth
    }
    #expect((88...99).contains(covered), "\(covered) of 100")
  }

  @Test("the same seed gives the same waits, another one others")
  func seeds() throws {
    let queue = try line(4, 3)
    let first = queue.simulate(customers: 10_000, seed: 7)
    #expect(first.mean == queue.simulate(customers: 10_000, seed: 7).mean)
    #expect(first.mean != queue.simulate(customers: 10_000, seed: 8).mean)
  }

  @Test("a single customer finds an empty or a filled system and traps nothing", arguments: [1, 2, 3, 17, 511, 513])
  func few(customers: Int) throws {
    let waits = try line(3, 2).simulate(customers: customers, seed: 1)
    #expect(waits.customers == customers && waits.mean.isFinite && waits.histogram.count == UInt64(customers))
  }

  @Test("tiny and huge units give the same line")
  func units() throws {
    let plain = try line(3, 2).simulate(customers: 50_000, seed: 1)
    for unit in [1e-12, 1e-3, 1e9] {
      let scaled = try line(3, 2 / unit, mean: unit).simulate(customers: 50_000, seed: 1)
      #expect(abs(scaled.mean / unit / plain.mean - 1) < 1e-6)
      #expect(abs(scaled.quantile(0.99) / unit / plain.quantile(0.99) - 1) < 0.002)
    }
  }

  @Test("times without a meaning are refused", arguments: [0, -1, Double.nan, .infinity])
  func refusals(mean: Double) {
    #expect(throws: ServingError.self) { try TimeDistribution(mean: mean, variability: 1) }
    #expect(throws: ServingError.self) { try TimeDistribution(mean: 1, variability: mean - 1e-9) }
  }
}

@Suite struct BatchMeansTests {
  @Test("Student's quantile at 97.5 % is 2.1314 for 15 degrees of freedom and 2.0395 for 31")
  func student() {
    // 16 values of variance v: half-width = t sqrt(v / 16).
    func halfWidth(_ n: Int) -> Double {
      BatchMeans((0..<n).map { $0.isMultiple(of: 2) ? 1 : -1 }).halfWidth
    }
    #expect(abs(halfWidth(16) / (16.0 / 15 / 16).squareRoot() - 2.13145) < 1e-3)
    #expect(abs(halfWidth(32) / (32.0 / 31 / 32).squareRoot() - 2.03951) < 1e-3)
  }

  @Test("batches that lean on their neighbours are joined, at most down to 16")
  func joining() {
    let slow = (0..<512).map { sin(Double($0) / 80) }
    #expect((16..<32).contains(BatchMeans(slow).batches))
    #expect(BatchMeans((0..<512).map { Double($0 * 7919 % 512) }).batches >= 128)
  }

  @Test("fewer than 16 batches give no interval")
  func few() { #expect(BatchMeans(Array(repeating: 1, count: 15)).halfWidth.isNaN) }
}
