import Documents
import Glibc
import Quantities
import Scaling
import Serving
import Simulating
import Terminal
import Traffic

/// `headroom simulate --world requests --batch`, a service with its clients a question: lines that tell of `demand`.
struct RequestQuestion: Sendable {
  private let world: RequestWorld
  private let workload: Workload
  /// A closed loop in place of the workload: users, their thought, and seconds.
  private let loop: (users: Int, think: TimeDistribution?, seconds: Double)?
  private let replicas: Int

  /// Whether a line is such a question, and not one of a plain line of customers.
  static func isMeant(by node: Node) -> Bool { node["demand"] != nil || node["users"] != nil }

  init(_ node: Node, seed: UInt64) throws(BatchFault) {
    let reader = QuestionReader(node: node)
    loop = try Self.loop(reader)
    let rates: [Double]
    let step: Double
    if let loop { (rates, step) = ([0], loop.seconds) } else { (rates, step) = try Self.demand(reader) }
    replicas = try reader.whole("replicas", 1...1_000_000, fallback: 1)
    let service = try reader.group("service", "{\"mean\": 0.02, \"scv\": 1}")
    let mean = try service.number("mean", above: 0, fallback: nil)
    let scv = try service.number("scv", atLeast: 0, fallback: 1)
    let concurrency = try reader.whole("servers", 1...100_000, fallback: 1)
    let word = try reader.word("balancing", Balancing.allCases.map(\.rawValue), fallback: Balancing.usual.rawValue)
    let balancing = Balancing(rawValue: word) ?? .usual
    let model: any ServiceModel
    do throws(ServingError) {
      model = try ServiceModelList.queue(
        concurrency: concurrency, serviceTime: .seconds(mean), serviceVariability: scv, balancing: balancing)
    } catch {
      throw BatchFault(code: "\(error.code)", message: "\(error)", path: "service")
    }
    workload = Workload(
      series: TimeSeries(start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(step), rawValues: rates),
      arrivals: try Self.arrivals(reader, meanRate: rates.reduce(0, +) / Double(rates.count)),
      mix: try Self.kinds(reader))
    let queue = try reader.optionalGroup("queue")
    let limit = try queue?.optionalNumber("limit", atLeast: 0)
    let patience = try queue?.optionalNumber("deadline", atLeast: 0)
    world = RequestWorld(
      service: model, dynamics: FleetDynamics(initial: replicas, minimum: replicas, maximum: replicas),
      queue: QueueSpec(limit: limit.map { .requests($0) } ?? .none, deadline: patience.map { .seconds($0) }),
      clients: try Self.clients(reader.optionalGroup("clients")), tick: .seconds(step), timelinePoints: rates.count,
      seed: UInt64(try reader.whole("seed", 0...Int.max, fallback: Int(clamping: seed))))
  }

  private static func demand(_ reader: QuestionReader) throws(BatchFault) -> ([Double], Double) {
    let demand = try reader.group("demand", "{\"rates\": [20, 100, 20], \"step\": 10}")
    guard let rates = demand.node["rates"]?.numbers, !rates.isEmpty, rates.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw BatchFault(
        code: "missing", message: "'demand.rates' must be an array of rates, 0 or more.", path: "demand.rates")
    }
    let step = try demand.number("step", above: 0, fallback: 1)
    guard rates.reduce(0, +) * step <= 1e9, step * Double(rates.count) <= 1e8 else {
      throw BatchFault(
        code: "too-large", message: "The demand brings more than 10^9 requests or 10^8 seconds: shorten it.",
        path: "demand")
    }
    return (rates, step)
  }

  /// `"users": 50, "think": {"mean": 5, "scv": 1}, "seconds": 3600`.
  private static func loop(
    _ reader: QuestionReader
  ) throws(BatchFault) -> (users: Int, think: TimeDistribution?, seconds: Double)? {
    guard reader.node["users"] != nil else { return nil }
    guard reader.node["demand"] == nil else {
      throw BatchFault(
        code: "contradiction", message: "'users' and 'demand' both say how requests come. Keep one.", path: "users")
    }
    let users = try reader.whole("users", 1...10_000_000, fallback: nil)
    let seconds = try reader.number("seconds", above: 0, fallback: nil)
    guard seconds <= 1e8 else {
      throw BatchFault(code: "too-large", message: "'seconds' is more than 10^8: shorten it.", path: "seconds")
    }
    guard let think = try reader.optionalGroup("think") else { return (users, nil, seconds) }
    let mean = try think.number("mean", above: 0, fallback: nil)
    let scv = try think.number("scv", atLeast: 0, fallback: 1)
    do throws(ServingError) {
      return (users, try TimeDistribution(mean: mean, variability: scv), seconds)
    } catch {
      throw BatchFault(code: "\(error.code)", message: "\(error)", path: "think")
    }
  }

  /// `"arrival": {"scv": 4}`, or bursts: `{"bursts": {"cv": 0.5, "seconds": 30}}` of the rate and how long they last, or
  /// as those of recorded times: `{"bursts_of": [0.2, 0.3, ...]}`.
  private static func arrivals(
    _ reader: QuestionReader, meanRate: Double
  ) throws(BatchFault) -> ArrivalProcess {
    guard let arrival = try reader.optionalGroup("arrival") else { return .poisson }
    if let bursts = try arrival.optionalGroup("bursts") {
      guard let cv = try bursts.optionalNumber("cv", atLeast: 0) else {
        throw BatchFault(
          code: "missing", message: "'arrival.bursts.cv' is missing: write a number.", path: "arrival.bursts.cv")
      }
      let seconds = try bursts.number("seconds", above: 0, fallback: nil)
      guard cv <= 100 else {
        throw BatchFault(code: "too-large", message: "'arrival.bursts.cv' is more than 100.", path: "arrival.bursts.cv")
      }
      guard cv > 0, meanRate > 0 else { return .poisson }
      return .modulated(ModulatedPoisson(variation: cv, switching: 1 / seconds, meanRate: .perSecond(meanRate)))
    }
    if let node = arrival.node["bursts_of"] {
      guard let times = node.numbers, times.allSatisfy(\.isFinite) else {
        throw BatchFault(
          code: "not-a-number", message: "'arrival.bursts_of' must be an array of times in seconds.",
          path: "arrival.bursts_of")
      }
      guard let process = ModulatedPoisson(fitting: times.sorted()) else {
        throw BatchFault(
          code: "no-bursts",
          message:
            "'arrival.bursts_of' holds too few times (100 over 20 minutes or more), or none burstier than Poisson.",
          path: "arrival.bursts_of")
      }
      return .modulated(process)
    }
    let scv = try arrival.number("scv", atLeast: 0, fallback: 1)
    return scv == 1 ? .poisson : scv == 0 ? .fluid : .gamma(coefficientOfVariation: scv.squareRoot())
  }

  /// `"kinds": [{"name": "paid", "weight": 0.2, "priority": 1}, ...]`.
  private static func kinds(_ reader: QuestionReader) throws(BatchFault) -> [RequestKind] {
    guard let node = reader.node["kinds"] else { return [] }
    guard let items = node.elements, !items.isEmpty, items.count <= 256 else {
      throw BatchFault(code: "not-a-list", message: "'kinds' must be an array of 1 to 256 kinds.", path: "kinds")
    }
    var kinds: [RequestKind] = []
    for (index, item) in items.enumerated() {
      let kind = QuestionReader(node: item, path: "kinds[\(index)]")
      kinds.append(
        RequestKind(
          name: item["name"]?.text ?? "\(index)", weight: try kind.number("weight", above: 0, fallback: nil),
          priority: try kind.whole("priority", -1_000_000...1_000_000, fallback: 0)))
    }
    return kinds
  }

  private static func clients(_ group: QuestionReader?) throws(BatchFault) -> ClientBehavior {
    guard let group else { return .patient }
    func seconds(_ key: String) throws(BatchFault) -> Duration? {
      guard let value = try group.optionalNumber(key, atLeast: 0) else { return nil }
      return .seconds(min(value, 1e9))
    }
    let budget = try group.optionalNumber("budget", atLeast: 0)
    return ClientBehavior(
      timeout: try seconds("timeout"), attempts: try group.whole("attempts", 1...100, fallback: 1),
      backoff: try seconds("backoff") ?? .zero, budget: budget.map { Fraction(rawValue: $0) },
      hedgeAfter: try seconds("hedge"), deadline: try seconds("deadline"),
      cancels: group.node["cancels"]?.bool ?? false)
  }

  func answer(_ writer: inout JSONWriter) {
    let policy = FixedPolicy(replicas: replicas)
    let result =
      loop.map {
        world.simulate(
          users: $0.users, think: $0.think, for: .seconds($0.seconds), mix: workload.mix, under: policy)
      } ?? world.simulate(workload, under: policy)
    let (service, requests) = (result.outcome.service, result.requests)
    for (key, count) in [
      ("offered", Int(service.offered.rawValue)), ("answered", Int(service.served.rawValue)),
      ("failed", Int(service.unserved.rawValue)), ("open", Int(service.waiting.rawValue)),
      ("attempts", requests.attempts), ("retries", requests.retries), ("hedges", requests.hedges),
      ("rejected", requests.rejected), ("timed_out", requests.timedOut), ("expired", requests.expired),
      ("served", requests.served), ("wasted", requests.wasted),
    ] {
      writer.key(key)
      writer.integer(count)
    }
    for (key, value) in [
      ("response_mean", requests.responses.mean), ("response_p50", requests.responses.quantile(0.5)),
      ("response_p99", requests.responses.quantile(0.99)), ("response_ci95", requests.confidence.halfWidth),
      ("wait_mean", requests.waits.mean), ("wait_p99", requests.waits.quantile(0.99)),
      ("utilization", requests.utilization.rawValue),
    ] {
      writer.key(key)
      if let value, value.isFinite { writer.number(value) } else { writer.null() }
    }
    if requests.kinds.count > 1 {
      writer.key("kinds")
      writer.array { writer in
        for kind in requests.kinds {
          writer.object { writer in
            writer.key("name")
            writer.string(kind.kind.name)
            for (key, count) in [("offered", kind.offered), ("answered", kind.answered), ("failed", kind.failed)] {
              writer.key(key)
              writer.integer(count)
            }
            for (key, value) in [
              ("response_mean", kind.responses.mean), ("response_p99", kind.responses.quantile(0.99)),
            ] {
              writer.key(key)
              if let value { writer.number(value) } else { writer.null() }
            }
          }
        }
      }
    }
    writer.key("failed_by_step")
    writer.numbers(result.outcome.timeline.unserved)
  }
}

/// Reads one group of a question of a stream.
struct QuestionReader {
  let node: Node
  var path = ""

  private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func optionalGroup(_ key: String) throws(BatchFault) -> QuestionReader? {
    guard let value = node[key] else { return nil }
    guard value.entries != nil else {
      throw BatchFault(code: "not-an-object", message: "'\(full(key))' must be an object.", path: full(key))
    }
    return QuestionReader(node: value, path: full(key))
  }

  func group(_ key: String, _ example: String) throws(BatchFault) -> QuestionReader {
    guard let found = try optionalGroup(key) else {
      throw BatchFault(code: "missing", message: "'\(full(key))' is missing: write \(example).", path: full(key))
    }
    return found
  }

  func optionalNumber(_ key: String, atLeast least: Double) throws(BatchFault) -> Double? {
    guard let value = node[key], !value.isNull else { return nil }
    guard let number = value.number, number.isFinite, number >= least else {
      throw BatchFault(
        code: "not-a-number", message: "'\(full(key))' must be a finite number, \(least) or more.", path: full(key))
    }
    return number
  }

  func number(_ key: String, atLeast least: Double, fallback: Double) throws(BatchFault) -> Double {
    try optionalNumber(key, atLeast: least) ?? fallback
  }

  func number(_ key: String, above bound: Double, fallback: Double?) throws(BatchFault) -> Double {
    guard let value = node[key] else {
      if let fallback { return fallback }
      throw BatchFault(code: "missing", message: "'\(full(key))' is missing: write a number.", path: full(key))
    }
    guard let number = value.number, number.isFinite else {
      throw BatchFault(code: "not-a-number", message: "'\(full(key))' must be a finite number.", path: full(key))
    }
    guard number > bound else {
      throw BatchFault(
        code: "invalid-parameter", message: "'\(full(key))' is \(number): give a number above \(bound).",
        path: full(key))
    }
    return number
  }

  func whole(_ key: String, _ range: ClosedRange<Int>, fallback: Int?) throws(BatchFault) -> Int {
    guard let value = node[key] else {
      if let fallback { return fallback }
      throw BatchFault(code: "missing", message: "'\(full(key))' is missing: write a whole number.", path: full(key))
    }
    guard let whole = value.integer, range.contains(whole) else {
      throw BatchFault(
        code: "not-a-count",
        message: "'\(full(key))' must be a whole number from \(range.lowerBound) to \(range.upperBound).",
        path: full(key))
    }
    return whole
  }

  func word(_ key: String, _ words: [String], fallback: String) throws(BatchFault) -> String {
    guard let value = node[key] else { return fallback }
    guard let word = value.string, words.contains(word) else {
      throw BatchFault(
        code: "unknown-word", message: "'\(full(key))' must be one of: \(words.joined(separator: ", ")).",
        path: full(key))
    }
    return word
  }
}
