import Foundation
import Quantities
import Serving
import Testing

@Suite struct ErlangCTests {
  private func model(_ servers: Int, _ arrivals: Double = 1, _ service: Double = 1) throws -> ErlangC {
    try ErlangC(
      concurrency: servers, serviceTime: .seconds(1), arrivalVariability: arrivals, serviceVariability: service,
      balancing: .shared)
  }

  @Test("M/M/16 at 85 % waits 0.180509 service times on average")
  func publishedWait() throws {
    let wait = try model(16).wait(of: .perSecond(13.6), replicas: 1)
    #expect(abs(wait.mean - 0.180509) < 1e-6)
    #expect(abs(wait.probability - 0.433221) < 1e-6)
  }

  @Test("M/M/1 responds exponentially with mean 1 / (m - l)")
  func oneServer() throws {
    let latency = try #require(try model(1).level(of: .perSecond(0.8), replicas: 1).latency)
    #expect(abs(latency.mean - 5) < 1e-12)
    #expect(abs(latency.p50 / (5 * log(2)) - 1) < 1e-9)
    #expect(abs(latency.p99 / (5 * log(100)) - 1) < 1e-9)
    #expect(abs(latency.p999 / (5 * log(1000)) - 1) < 1e-9)
  }

  @Test("the wait's quantile is ln(C / (1 - p)) / (c m - l)")
  func waitQuantile() throws {
    let queue = try model(16)
    #expect(abs(queue.waitQuantile(0.99, of: .perSecond(13.6), replicas: 1) - log(43.3221) / 2.4) < 1e-6)
    #expect(queue.waitQuantile(0.5, of: .perSecond(13.6), replicas: 1) == 0)
  }

  @Test("the response time's tail is the convolution of wait and service, also where both rates are equal")
  func tail() throws {
    // 2 servers, l = 1: c m - l = m = 1. P(T > t) = (1 - C) e^-t + C (1 + t) e^-t with C = 1/3.
    let share = try #require(try model(2).share(of: .response, within: 2, of: .perSecond(1), replicas: 1))
    let tail: Double = exp(-2) * (2.0 / 3 + 1)
    #expect(abs(1 - share - tail) < 1e-12)
    // Numerically: mean of T is the integral of its tail.
    let queue = try model(8)
    var integral = 0.0
    for i in 0..<400_000 {
      let time = (Double(i) + 0.5) * 1e-4
      let within = queue.share(of: .response, within: time, of: .perSecond(7.2), replicas: 1) ?? 0
      integral += (1 - within) * 1e-4
    }
    let mean = try #require(queue.level(of: .perSecond(7.2), replicas: 1).latency).mean
    #expect(abs(integral / mean - 1) < 1e-6)
  }

  @Test("replicas share one line: 4 of 4 are as 1 of 16")
  func pooling() throws {
    let small = try model(4).level(of: .perSecond(13.6), replicas: 4)
    #expect(try model(16).level(of: .perSecond(13.6), replicas: 1) == small)
  }

  @Test("Little's law: requests in the system are rate times response time")
  func little() throws {
    let level = try model(5).level(of: .perSecond(8), replicas: 2)
    #expect(abs((level.concurrency ?? 0) - 8 * (level.latency?.mean ?? 0)) < 1e-12)
    #expect(level.utilization == .percent(80))
  }

  @Test("more replicas never fare worse, more demand never better")
  func monotone() throws {
    let queue = try model(3)
    var last = Double.infinity
    for replicas in 1...60 {
      let p99 = try #require(queue.level(of: .perSecond(20), replicas: replicas).latency).p99
      #expect(p99 <= last * (1 + 1e-9))
      last = p99
    }
    last = 0
    for rate in stride(from: 0.0, through: 35, by: 0.5) {
      let p99 = try #require(queue.level(of: .perSecond(rate), replicas: 10).latency).p99
      #expect(p99 >= last * (1 - 1e-9))
      last = p99
    }
  }

  @Test("idle it is the service time, in overload it is without bound")
  func limits() throws {
    let queue = try model(4)
    #expect(abs((queue.level(of: .zero, replicas: 3).latency?.mean ?? 0) - 1) < 1e-12)
    for (rate, replicas) in [(4.0, 1), (9, 1), (1, 0), (.infinity, 5)] {
      let level = queue.level(of: .perSecond(rate), replicas: replicas)
      #expect(level.isSaturated && level.latency == .unbounded)
      #expect(level.served.rawValue == Double(4 * replicas))
    }
    #expect(queue.level(of: .perSecond(-3), replicas: 1).served == .zero)
    #expect(queue.level(of: .zero, replicas: 0).utilization == .zero)
    #expect(queue.level(of: .perSecond(.nan), replicas: 1).served == .zero)
  }

  // 2e7 customers each in a simulation of its own: (1, 0) 0.0965 and p99 0.784, (4, 1) 0.607 and 3.93, (0.5, 1) 0.114.
  @Test(
    "other variabilities wait as customers do that are simulated one by one",
    arguments: [(1.0, 0.0, 0.0965, 0.784), (4, 1, 0.607, 3.93), (0.5, 1, 0.114, 1.13)])
  func variabilities(arrivals: Double, service: Double, mean: Double, p99: Double) throws {
    let queue = try model(16, arrivals, service)
    #expect(abs(queue.wait(of: .perSecond(13.6), replicas: 1).mean / mean - 1) < 0.06)
    #expect(abs(queue.waitQuantile(0.99, of: .perSecond(13.6), replicas: 1) / p99 - 1) < 0.07)
    let level = queue.level(of: .perSecond(13.6), replicas: 1)
    #expect(level.caution != nil && level.band != nil)
  }

  // Pollaczek and Khinchine.
  @Test(
    "one server with Poisson arrivals waits r / (1 - r) (1 + scv) / 2 service times: M/D/1, M/G/1, M/M/1",
    arguments: [0, 0.25, 0.5, 0.75, 1, 4])
  func oneServerGeneral(variability: Double) throws {
    for load in [0.1, 0.8, 0.97] {
      let wait = try model(1, 1, variability).wait(of: .perSecond(load), replicas: 1).mean
      let exact = load / (1 - load) * (1 + variability) / 2
      #expect(abs(wait / exact - 1) < 1e-9, "load \(load)")
    }
  }

  // In 50 decimal digits (mpmath): C by the recursion of Erlang's B, d = c - a, mean wait C / d, 99 % of waits ln(C / 0.01) / d,
  // P(T > 3) = (1 - C) e^-3 + C (d e^-3 - e^-3d) / (d - 1), and the time whose tail is 0.01 by findroot.
  @Test(
    "M/M/c to 1e-9: mean and 99 % of waits, the response's tail and its 99 %, from 2 to 100,000 servers",
    arguments: [
      [2, 1.5, 1.2857142857142857, 8.3266748674181043, 0.27265675780002008, 9.7095034417869798],
      [16, 13.6, 0.18050883011093609, 1.5702763921743443, 0.064962337170530476, 4.8745156707028875],
      [1000, 980, 0.020610014618264074, 0.18594621423711101, 0.050867186480350457, 4.6266329562778694],
      [100_000, 99_900, 0.0065799351179530265, 0.041866099777891955, 0.050117973094706, 4.6117945951686943],
    ])
  func manyServers(exact: [Double]) throws {
    let queue = try model(Int(exact[0]))
    let rate = RequestRate.perSecond(exact[1])
    let within = try #require(queue.share(of: .response, within: 3, of: rate, replicas: 1))
    let latency = try #require(queue.level(of: rate, replicas: 1).latency)
    let found = [
      queue.wait(of: rate, replicas: 1).mean, queue.waitQuantile(0.99, of: rate, replicas: 1), 1 - within, latency.p99,
    ]
    for (ours, right) in zip(found, exact.dropFirst(2)) { #expect(abs(ours / right - 1) < 1e-9) }
  }

  @Test("in turn, replicas wait less than by chance and more than in one line")
  func roundRobin() throws {
    func wait(_ balancing: Balancing) throws -> Double {
      try ErlangC(concurrency: 4, serviceTime: .seconds(1), balancing: balancing)
        .wait(of: .perSecond(27.2), replicas: 8).mean
    }
    #expect(try wait(.shared) < wait(.leastConnections) && wait(.leastConnections) < wait(.powerOfTwo))
    #expect(try wait(.powerOfTwo) < wait(.random) && wait(.roundRobin) < wait(.random))
  }

  // s(k) = u^(2^k - 1) for one server each (Mitzenmacher): P(wait) = u^2, mean wait = sum of u^(2 (2^k - 1)) over k >= 1.
  @Test("two choices among single servers wait as the supermarket model says")
  func supermarket() throws {
    let wait = try ErlangC(concurrency: 1, serviceTime: .seconds(1), balancing: .powerOfTwo)
      .wait(of: .perSecond(80), replicas: 100)
    let shares = (1...6).map { pow(0.8, pow(2, Double($0)) - 1) }
    #expect(abs(wait.probability - 0.64) < 1e-9)
    #expect(abs(wait.mean - shares.reduce(0) { $0 + $1 * $1 }) < 1e-6)
  }

  @Test("quantiles rise with the rank for every variability", arguments: [0.0, 0.25, 1, 4, 50])
  func orderedQuantiles(variability: Double) throws {
    for rate in [0.0, 3, 13.6, 15.99] {
      let latency = try #require(try model(16, 1, variability).level(of: .perSecond(rate), replicas: 1).latency)
      let values = [0, latency.p50, latency.p90, latency.p95, latency.p99, latency.p999]
      #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 * (1 + 1e-9) })
      #expect(values.allSatisfy { $0.isFinite })
    }
  }

  @Test("warns where arrivals are burstier than it can tell")
  func cautions() throws {
    #expect(try model(4).caution == nil)
    #expect(try model(4, 2, 1).caution?.contains("simulation") == true)
    #expect(try model(4, 1, 3).caution != nil)
  }

  @Test("bad parameters are refused")
  func refusals() {
    #expect(throws: ServingError.self) { try model(0) }
    #expect(throws: ServingError.self) { try model(1, -1, 1) }
    #expect(throws: ServingError.self) { try model(1, 1, .nan) }
    #expect(throws: ServingError.self) { try ErlangC(concurrency: 1, serviceTime: .zero) }
  }
}
