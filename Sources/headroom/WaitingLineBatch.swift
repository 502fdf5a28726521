import Documents
import Glibc
import Serving
import Terminal

/// `headroom simulate --world requests --batch`: one line of customers before several servers a question.
struct WaitingLineBatch {
  let console: Console
  /// For questions without a seed of their own.
  let seed: UInt64

  private struct Question: Sendable {
    let line: WaitingLine
    let customers: Int
    let seed: UInt64
  }

  func run() throws -> ExitCode {
    let seed = seed
    let batch = Batch(console: console) { (node) throws(BatchFault) in try Self.question(node, seed: seed) }
    return try batch.runParallel { question, writer in
      let began = Self.processorSeconds
      let waits = question.line.simulate(customers: question.customers, seed: question.seed)
      let seconds = max(Self.processorSeconds - began, 1e-9)
      for (key, value) in [
        ("wait_mean", waits.mean), ("wait_p99", waits.quantile(0.99)), ("utilization", waits.utilization),
        ("ci95", waits.confidence.halfWidth), ("customers_per_second", (Double(waits.customers) / seconds).rounded()),
      ] {
        writer.key(key)
        if value.isFinite { writer.number(value) } else { writer.null() }
      }
    }
  }

  /// Of this thread, so that questions that run beside each other do not count as one another's time.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func question(_ node: Node, seed: UInt64) throws(BatchFault) -> Question {
    func number(_ group: Node, _ key: String, _ path: String) throws(BatchFault) -> Double {
      guard let value = group[key] else {
        throw BatchFault(code: "missing", message: "'\(path)' is missing: write a number.", path: path)
      }
      guard let number = value.number, number.isFinite else {
        throw BatchFault(code: "not-a-number", message: "'\(path)' must be a finite number.", path: path)
      }
      return number
    }
    func whole(_ key: String, _ range: ClosedRange<Int>, _ fallback: Int?) throws(BatchFault) -> Int {
      guard let value = node[key] else {
        if let fallback { return fallback }
        throw BatchFault(code: "missing", message: "'\(key)' is missing: write a whole number.", path: key)
      }
      guard let whole = value.integer, range.contains(whole) else {
        throw BatchFault(
          code: "not-a-count", message: "'\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound).",
          path: key)
      }
      return whole
    }
    func group(_ key: String, _ example: String) throws(BatchFault) -> Node {
      guard let value = node[key], value.entries != nil else {
        throw BatchFault(code: "missing", message: "'\(key)' is missing: write \(example).", path: key)
      }
      return value
    }
    let arrival = try group("arrival", "{\"rate\": 13.6, \"scv\": 1}")
    let service = try group("service", "{\"mean\": 1, \"scv\": 1}")
    let servers = try whole("servers", 1...10_000_000, nil)
    let rate = try number(arrival, "rate", "arrival.rate")
    guard rate > 0 else {
      throw BatchFault(
        code: "invalid-parameter", message: "a rate of \(rate) brings no customer: give a number above 0",
        path: "arrival.rate")
    }
    let mean = try number(service, "mean", "service.mean")
    func spread(_ group: Node, _ path: String, mean: Double) throws(BatchFault) -> TimeDistribution {
      let scv = group["scv"] == nil ? 1 : try number(group, "scv", "\(path).scv")
      do throws(ServingError) {
        return try TimeDistribution(mean: mean, variability: scv)
      } catch {
        throw BatchFault(code: "\(error.code)", message: "\(error)", path: path)
      }
    }
    let line: WaitingLine
    let arrivals = try spread(arrival, "arrival", mean: 1 / rate)
    let services = try spread(service, "service", mean: mean)
    do throws(ServingError) {
      line = try WaitingLine(servers: servers, arrivals: arrivals, service: services)
    } catch {
      throw BatchFault(code: "\(error.code)", message: "\(error)", path: "servers")
    }
    guard line.isStable else {
      throw BatchFault(
        code: "unstable",
        message: "an offered load of \(line.offeredLoad) on \(servers) servers: the line grows for ever; "
          + "\(line.leastServers) servers would keep up",
        path: "servers")
    }
    return Question(
      line: line, customers: try whole("customers", 1...100_000_000_000, 1_000_000),
      seed: UInt64(try whole("seed", 0...Int.max, Int(clamping: seed))))
  }
}
