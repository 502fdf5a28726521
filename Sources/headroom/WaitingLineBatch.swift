import Documents
import Glibc
import Serving
import Terminal

/// `headroom simulate --world requests --batch`: one line of customers before several servers a question, or a service with
/// its clients (``RequestQuestion``).
struct WaitingLineBatch {
  let console: Console
  /// For questions without a seed of their own.
  let seed: UInt64

  private enum Question: Sendable {
    case line(WaitingLine, customers: Int, seed: UInt64)
    case service(RequestQuestion)
  }

  func run() throws -> ExitCode {
    let seed = seed
    let batch = Batch(console: console) { (node) throws(BatchFault) in try Self.question(node, seed: seed) }
    return try batch.runParallel { question, writer in
      let line: WaitingLine
      let count: Int
      let seed: UInt64
      switch question {
      case .service(let service): return service.answer(&writer)
      case .line(let one, let customers, let chosen): (line, count, seed) = (one, customers, chosen)
      }
      let began = Self.processorSeconds
      let waits = line.simulate(customers: count, seed: seed)
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
    if RequestQuestion.isMeant(by: node) { return .service(try RequestQuestion(node, seed: seed)) }
    let reader = QuestionReader(node: node)
    let arrival = try reader.group("arrival", "{\"rate\": 13.6, \"scv\": 1}")
    let service = try reader.group("service", "{\"mean\": 1, \"scv\": 1}")
    let servers = try reader.whole("servers", 1...10_000_000, fallback: nil)
    let rate = try arrival.number("rate", above: 0, fallback: nil)
    let mean = try service.number("mean", above: 0, fallback: nil)
    let between = try arrival.number("scv", atLeast: 0, fallback: 1)
    let within = try service.number("scv", atLeast: 0, fallback: 1)
    let line: WaitingLine
    do throws(ServingError) {
      line = try WaitingLine(
        servers: servers, arrivals: TimeDistribution(mean: 1 / rate, variability: between),
        service: TimeDistribution(mean: mean, variability: within))
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
    return .line(
      line, customers: try reader.whole("customers", 1...100_000_000_000, fallback: 1_000_000),
      seed: UInt64(try reader.whole("seed", 0...Int.max, fallback: Int(clamping: seed))))
  }
}
